import { createHash } from "node:crypto"
import { type ProviderName, providerNames } from "@sluice/protocol/providers"
import { type Simulator, startSimulator } from "@sluice/simulator/simulator"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { createUuid } from "../platform/ids.ts"
import { providers } from "../providers/registry.ts"
import { startTestGateway, type TestGateway } from "../testing/gateway.ts"
import type { GatewaySnapshot } from "./snapshot/gateway-snapshot.ts"

let simulator: Simulator
let gateway: TestGateway

const snapshot = () => gateway.context.snapshot() as GatewaySnapshot

beforeAll(async () => {
  simulator = await startSimulator({})
  gateway = await startTestGateway({ upstream: simulator.url })
  snapshot().put({
    kind: "catalog",
    id: "catalog",
    models: {
      openai: ["gpt-4o", "shared"],
      mistral: ["mistral-large-latest", "shared"],
      groq: ["openai/gpt-oss-120b", "shared"],
      openrouter: ["openai/gpt-4o", "mistral/mistral-large-latest", "someone/else"],
    },
    patterns: [{ pattern: "grok-*", provider: "xai" }],
  })
})

afterAll(async () => {
  await gateway?.stop()
  await simulator?.close()
})

/** A key of a project with credentials for these providers and no others. */
function keyWith(...names: readonly ProviderName[]): string {
  const key = snapshot().findKey(createHash("sha256").update(gateway.key).digest())
  const organization_id = key?.organizationId ?? ""
  const project = createUuid(1)
  const secret = `slk_test${project.replaceAll("-", "")}`
  snapshot().put({ kind: "project", id: project, organization_id, default_provider: null, response_headers: true })
  for (const provider of names) {
    snapshot().put({
      kind: "credential",
      id: createUuid(2),
      organization_id,
      project_id: project,
      provider,
      source: "stored",
      base_url: null,
      sealed: `stored-${provider}-secret`,
      priority: 0,
      headers: {},
    })
  }
  snapshot().put({
    kind: "key",
    id: createUuid(3),
    hash: createHash("sha256").update(secret).digest("hex"),
    organization_id,
    project_id: project,
    scopes: ["gateway"],
    models: null,
    environment: "test",
    expires_at: null,
    limits: {
      requests_per_minute: null,
      tokens_per_minute: null,
      concurrent_streams: null,
      concurrent_requests: null,
    },
  })
  return secret
}

interface Outcome {
  readonly status: number
  readonly provider: string | null
  readonly error: string | null
  /** The model as it arrived. */
  readonly model: string | null
}

async function ask(key: string, model: string, headers: Record<string, string> = {}): Promise<Outcome> {
  const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "x-sluice-key": key, "content-type": "application/json", ...headers },
    body: JSON.stringify({ model, messages: [{ role: "user", content: "Hello" }] }),
  })
  await answer.arrayBuffer()
  const arrived = answer.ok
    ? (JSON.parse(simulator.requests.at(-1)?.body.toString() ?? "{}") as { model: string })
    : null
  return {
    status: answer.status,
    provider: answer.headers.get("x-sluice-provider"),
    error: answer.headers.get("x-sluice-error"),
    model: arrived?.model ?? null,
  }
}

describe("a model that several serve", () => {
  it.each([
    [["openai", "mistral", "groq"], "shared", "openai", "shared"],
    [["groq"], "shared", "groq", "shared"],
    [["openai", "openrouter"], "openai/gpt-4o", "openai", "gpt-4o"],
    [["openrouter"], "openai/gpt-4o", "openrouter", "openai/gpt-4o"],
    [["openai", "groq"], "openai/gpt-oss-120b", "groq", "openai/gpt-oss-120b"],
    [["openai", "openrouter"], "openrouter/someone/else", "openrouter", "someone/else"],
    [["mistral", "openrouter"], "someone/else", "openrouter", "someone/else"],
    [["xai"], "grok-99", "xai", "grok-99"],
  ] as const)("with credentials for %j, %s goes to %s as %s", async (credentials, model, provider, sent) => {
    expect(await ask(keyWith(...credentials), model)).toMatchObject({ status: 200, provider, model: sent })
  })

  it("goes to the first of them when the project has no credential: the caller may have one", async () => {
    expect(await ask(keyWith(), "shared", { authorization: "Bearer sk-proj-own" })).toMatchObject({
      provider: "openai",
    })
    expect(await ask(keyWith(), "shared")).toMatchObject({ status: 400, error: "no_credential" })
  })
})

describe("a caller's own key", () => {
  const keys: readonly (readonly [key: string, owners: readonly ProviderName[]])[] = [
    ["sk-proj-abc", ["openai"]],
    ["sk-or-v1-abc", ["openrouter"]],
    ["gsk_abc", ["groq"]],
    ["xai-abc", ["xai"]],
    ["hf_abc", ["huggingface"]],
    ["tgp_v1_abc", ["together"]],
    ["sk-0123456789abcdef", ["openai", "deepseek", "ollama"]],
  ]
  const speaking = providerNames.filter((name) => providers[name].protocol === "openai" && name !== "custom")

  it.each(keys)("%s goes to %j and to no stranger", async (key, owners) => {
    const bare = keyWith()
    for (const provider of speaking) {
      const before = simulator.requests.length
      const answer = await ask(bare, "any-model", { authorization: `Bearer ${key}`, "x-sluice-provider": provider })
      if (owners.includes(provider)) expect(answer).toMatchObject({ status: 200, provider })
      else {
        expect([provider, answer.error]).toEqual([provider, "no_credential"])
        expect(simulator.requests).toHaveLength(before)
      }
    }
  })
})

it("is not joined by further ones in the body of a key for certain models", async () => {
  const send = (key: string) =>
    fetch(`${gateway.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "x-sluice-key": key, "content-type": "application/json", "x-sluice-provider": "openai" },
      body: JSON.stringify({ model: "gpt-4o-mini", models: ["gpt-4o"], messages: [{ role: "user", content: "Hi" }] }),
    })
  const refused = await send(gateway.keys.onlyMini)
  expect([refused.status, refused.headers.get("x-sluice-error")]).toEqual([403, "model_not_allowed"])
  expect((await send(gateway.key)).status).toBe(200)
})

describe("a credential that several projects share", () => {
  it("serves their calls, and neither files nor batches, which belong to its whole account", async () => {
    const [mine] = [keyWith(), keyWith()]
    const owner = snapshot().findKey(createHash("sha256").update(gateway.key).digest())
    const shared = { provider: "xai" as const, source: "stored" as const, base_url: null, priority: 0, headers: {} }
    snapshot().put({
      kind: "credential",
      id: createUuid(4),
      organization_id: owner?.organizationId ?? "",
      project_id: null,
      sealed: "stored-shared-secret",
      ...shared,
    })
    expect((await ask(mine, "grok-3")).status).toBe(200)
    const headers = { "x-sluice-key": mine, "x-sluice-provider": "xai" }
    for (const path of ["files", "batches", "files/file-1/content"]) {
      const answer = await fetch(`${gateway.url}/v1/${path}`, { headers })
      expect(answer.headers.get("x-sluice-error")).toBe("no_credential")
      expect(((await answer.json()) as { error: { message: string } }).error.message).toContain("shared")
    }
  })
})
