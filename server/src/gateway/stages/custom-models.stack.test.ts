import { hash } from "node:crypto"
import type { ExchangeRecord } from "@sluice/protocol/exchange-record"
import type { CustomModelEntity } from "@sluice/protocol/snapshot"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { createUuid } from "../../platform/ids.ts"
import { startTestGateway, type TestGateway } from "../../testing/gateway.ts"
import {
  headerOf,
  type RawAnswer,
  type RawUpstream,
  rawRequest,
  sendRaw,
  startRawUpstream,
} from "../../testing/raw-http.ts"
import type { GatewaySnapshot } from "../snapshot/gateway-snapshot.ts"

let usual: RawUpstream
let own: RawUpstream
let gateway: TestGateway
let placed: { readonly kind: "custom_model" | "credential" | "rule"; readonly id: string }[] = []
let calls = 0

const answerBriefly = () =>
  startRawUpstream((_request, socket) => {
    socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}")
  })

beforeAll(async () => {
  usual = await answerBriefly()
  own = await answerBriefly()
  gateway = await startTestGateway({ upstream: usual.url })
})

afterEach(() => {
  for (const { kind, id } of placed) snapshot().delete(kind, id)
  placed = []
})

afterAll(async () => {
  await gateway?.stop()
  await usual?.close()
  await own?.close()
})

const snapshot = (): GatewaySnapshot => gateway.context.snapshot() as GatewaySnapshot
const keyOf = (secret: string) => snapshot().findKey(hash("sha256", secret, "buffer"))
const placeOf = (secret: string) => ({
  organization_id: keyOf(secret)?.organizationId ?? "",
  project_id: keyOf(secret)?.projectId ?? "",
})

/** Puts a credential for a second server into the snapshot; its id. */
function placeCredential(more: object = {}): string {
  const id = createUuid(5000 + placed.length)
  placed.push({ kind: "credential", id })
  snapshot().put({
    kind: "credential",
    id,
    ...placeOf(gateway.key),
    provider: "custom",
    source: "stored",
    base_url: own.url,
    sealed: "secret-of-the-second-server",
    priority: -1,
    headers: {},
    ...more,
  })
  return id
}

/** Puts a custom model into the snapshot; its id. */
function place(part: Partial<CustomModelEntity>): string {
  const id = createUuid(6000 + placed.length)
  placed.push({ kind: "custom_model", id })
  snapshot().put({
    kind: "custom_model",
    id,
    ...placeOf(gateway.key),
    name: "our-model",
    provider: "custom",
    upstream_model: "llama-3.3-70b",
    credential_id: null,
    base_url: null,
    ...part,
  })
  return id
}

interface Served {
  readonly answer: RawAnswer
  readonly record: ExchangeRecord
  /** What each server got. */
  readonly usual: string | null
  readonly own: string | null
}

async function call(model: string, headers: Readonly<Record<string, string>> = {}): Promise<Served> {
  calls += 1
  const id = `custom-${calls}`
  const before = [usual.requests.length, own.requests.length]
  const sent = { "x-sluice-key": gateway.key, "x-sluice-request-id": id, ...headers }
  const body = `{"messages":[], "model":${JSON.stringify(model)}, "x": 1.0}`
  const answer = await sendRaw(gateway.port, rawRequest("/v1/chat/completions", sent, body))
  const record = await gateway.recordOf(id)
  const got = (upstream: RawUpstream, from = 0) => {
    const request = upstream.requests.length > from ? upstream.requests.at(-1) : undefined
    return request ? request.head + request.body.toString() : null
  }
  return { answer, record, usual: got(usual, before[0]), own: got(own, before[1]) }
}

describe("a custom model in the gateway", () => {
  it("goes to its own server with its own credential, and only the model's bytes change", async () => {
    const credential_id = placeCredential()
    const id = place({ credential_id })
    const { record, answer, ...got } = await call("our-model")
    expect(answer.status).toBe(200)
    expect(got.usual).toBeNull()
    expect(got.own).toContain('{"messages":[], "model":"llama-3.3-70b", "x": 1.0}')
    expect(got.own).toContain("authorization: Bearer secret-of-the-second-server")
    expect(headerOf(answer.headers, "x-sluice-model")).toBe("llama-3.3-70b")
    expect(record).toMatchObject({
      custom_model_id: id,
      model_requested: "our-model",
      model_actual: "llama-3.3-70b",
      provider: "custom",
      provider_unknown: false,
      credential_id,
    })
  })

  it("is asked for by name, with its provider before it, and before the catalog; a header is believed first", async () => {
    const credential_id = placeCredential()
    const id = place({ name: "gpt-4o", credential_id })
    expect((await call("gpt-4o")).record.custom_model_id).toBe(id)
    expect((await call("custom/gpt-4o")).record.custom_model_id).toBe(id)
    expect((await call("gpt-4o", { "x-sluice-provider": "custom" })).record.custom_model_id).toBe(id)
    for (const { record } of [await call("openai/gpt-4o"), await call("gpt-4o", { "x-sluice-provider": "openai" })]) {
      expect(record).toMatchObject({ custom_model_id: null, provider: "openai", model_actual: "gpt-4o" })
    }
  })

  it("never uses another server's credential when its own is gone", async () => {
    place({ credential_id: createUuid(1) })
    const { answer, record, ...got } = await call("our-model", { authorization: "Bearer sk-the-callers-own" })
    expect(answer.status).toBe(400)
    expect(answer.body.toString()).toContain("our-model")
    expect(record).toMatchObject({ error_code: "no_credential", status: 400 })
    expect(got).toEqual({ usual: null, own: null })
  })

  it("never uses a credential of another organization, or for another provider", async () => {
    const foreign = placeCredential({ organization_id: createUuid(9), project_id: null })
    place({ name: "foreign", credential_id: foreign })
    expect((await call("foreign")).record.error_code).toBe("no_credential")
    const other = placeCredential({ provider: "groq" })
    place({ name: "other", credential_id: other })
    expect((await call("other")).record.error_code).toBe("no_credential")
  })

  it("sends no key at all to a server that asks for none, not even the caller's", async () => {
    place({ base_url: `${own.url}/sub/v1` })
    const { record, ...got } = await call("our-model", { authorization: "Bearer sk-the-callers-own" })
    expect(got.own).toMatch(/^POST \/sub\/v1\/chat\/completions /)
    expect(got.own).not.toMatch(/authorization|sk-the-callers-own|slk_/i)
    expect(record).toMatchObject({ credential_id: null, credential_source: null, status: 200 })
  })

  it("is another name for a provider's model where it names no server", async () => {
    place({ name: "fast", provider: "openai", upstream_model: "gpt-4o-mini" })
    const { record, ...got } = await call("fast")
    expect(got.usual).toContain("authorization: Bearer stored-openai-secret")
    expect(record).toMatchObject({ model_requested: "fast", model_actual: "gpt-4o-mini", provider: "openai" })
  })

  it("is there for the keys of its project that may use it by its name", async () => {
    place({ credential_id: placeCredential() })
    const bare = { "x-sluice-key": gateway.keys.noCredentials }
    expect((await call("our-model", bare)).answer.status).toBe(404)
    const limited = { "x-sluice-key": gateway.keys.onlyMini }
    expect((await call("our-model", limited)).record.error_code).toBe("model_not_allowed")
    place({ name: "gpt-4o-mini-ours", credential_id: placeCredential() })
    expect((await call("gpt-4o-mini-ours", limited)).answer.status).toBe(200)
  })

  it("is listed for the keys of its project", async () => {
    place({ credential_id: placeCredential() })
    const list = async (key: string) => {
      const answer = await sendRaw(gateway.port, `GET /v1/models HTTP/1.1\r\nhost: g\r\nx-sluice-key: ${key}\r\n\r\n`)
      return (JSON.parse(answer.body.toString()) as { data: { id: string; owned_by: string }[] }).data
    }
    expect(await list(gateway.key)).toContainEqual(expect.objectContaining({ id: "our-model", owned_by: "custom" }))
    expect((await list(gateway.keys.noCredentials)).map(({ id }) => id)).not.toContain("our-model")
  })

  it("is a target of routing rules by its name, and is skipped there when its credential is gone", async () => {
    const id = place({ credential_id: placeCredential() })
    const gone = place({ name: "gone", credential_id: createUuid(1) })
    const rule = (name: string, priority: number) => {
      const ruleId = createUuid(7000 + placed.length)
      placed.push({ kind: "rule", id: ruleId })
      const targets = [{ weight: 1, model: name }]
      snapshot().put({
        kind: "rule",
        id: ruleId,
        ...placeOf(gateway.key),
        priority,
        match: { model: "gpt-4o" },
        targets,
      })
      return ruleId
    }
    const skipped = rule("gone", 1)
    const followed = rule("our-model", 2)
    const { record, ...got } = await call("gpt-4o")
    expect(got.own).toContain('"model":"llama-3.3-70b"')
    expect(record).toMatchObject({
      rule_id: followed,
      rule_skipped: [{ rule_id: skipped, reason: "no_credential" }],
      custom_model_id: id,
      model_actual: "llama-3.3-70b",
    })
    expect(record.custom_model_id).not.toBe(gone)
  })
})
