import { hash } from "node:crypto"
import type { ExchangeRecord } from "@sluice/protocol/exchange-record"
import { toPublicId } from "@sluice/protocol/ids"
import type { RuleEntity } from "@sluice/protocol/snapshot"
import fc from "fast-check"
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

let upstream: RawUpstream
let gateway: TestGateway
let placed: string[] = []
let calls = 0

beforeAll(async () => {
  upstream = await startRawUpstream((_request, socket) => {
    socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}")
  })
  gateway = await startTestGateway({ upstream: upstream.url })
})

afterEach(() => {
  for (const id of placed) snapshot().delete("rule", id)
  placed = []
})

afterAll(async () => {
  await gateway?.stop()
  await upstream?.close()
})

const snapshot = (): GatewaySnapshot => gateway.context.snapshot() as GatewaySnapshot

const projectOf = (key: string): string => snapshot().findKey(hash("sha256", key, "buffer"))?.projectId ?? ""

/** Puts a rule into the gateway's snapshot; its id. */
function place(part: Partial<RuleEntity>, key = gateway.key): string {
  const id = createUuid(1000 + placed.length)
  placed.push(id)
  snapshot().put({
    kind: "rule",
    id,
    organization_id: createUuid(1),
    project_id: projectOf(key),
    priority: placed.length,
    match: {},
    targets: [{ weight: 1, model: "gpt-4o-mini" }],
    ...part,
  })
  return id
}

interface Served {
  readonly answer: RawAnswer
  readonly record: ExchangeRecord
  /** What the provider got; null when it got nothing. */
  readonly received: { readonly head: string; readonly body: string } | null
}

async function call(options: {
  readonly path?: string
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}): Promise<Served> {
  const { path = "/v1/chat/completions", body = '{"model":"gpt-4o","messages":[]}', headers = {} } = options
  calls += 1
  const id = `rules-${calls}`
  const before = upstream.requests.length
  const sent = { "x-sluice-key": gateway.key, "x-sluice-request-id": id, ...headers }
  const answer = await sendRaw(gateway.port, rawRequest(path, sent, body))
  const record = await gateway.recordOf(id)
  const received = upstream.requests.length > before ? upstream.requests.at(-1) : null
  return { answer, record, received: received ? { head: received.head, body: received.body.toString() } : null }
}

describe("a routing rule in the gateway", () => {
  it("changes model and provider, and the record and the answer say what was asked and what was used", async () => {
    const id = place({ match: { model: "gpt-4o" }, targets: [{ weight: 1, provider: "groq", model: "llama-3.3" }] })
    const { answer, record, received } = await call({})
    expect(received?.body).toBe('{"model":"llama-3.3","messages":[]}')
    expect(received?.head).toContain("authorization: Bearer stored-groq-secret")
    expect(headerOf(answer.headers, "x-sluice-rule")).toBe(toPublicId("routingRule", id))
    expect(headerOf(answer.headers, "x-sluice-model")).toBe("llama-3.3")
    expect(headerOf(answer.headers, "x-sluice-provider")).toBe("groq")
    expect(record).toMatchObject({
      rule_id: id,
      rule_skipped: [],
      model_requested: "gpt-4o",
      model_actual: "llama-3.3",
      provider: "groq",
      provider_unknown: true,
    })
  })

  it("leaves requests of other features, and of other projects, as they are", async () => {
    place({ match: { feature: "search" } })
    place({}, gateway.keys.noCredentials)
    const { answer, record, received } = await call({ headers: { "x-sluice-feature": "checkout" } })
    expect(received?.body).toBe('{"model":"gpt-4o","messages":[]}')
    expect(headerOf(answer.headers, "x-sluice-rule")).toBeNull()
    expect(record).toMatchObject({ rule_id: null, rule_skipped: [], model_actual: "gpt-4o" })
  })

  it("looks at the environment, metadata, size, stream and tools", async () => {
    const body = '{"model":"gpt-4o","stream":true,"tools":[{"type":"function"}],"messages":[]}'
    const id = place({
      match: {
        environment: "test",
        metadata: { tier: "gold" },
        prompt_bytes: { gte: body.length, lte: body.length },
        streaming: true,
        has_tools: true,
        task: "extract*",
      },
    })
    const headers = { "x-sluice-metadata": '{"tier":"gold"}', "x-sluice-task": "extraction" }
    expect((await call({ body, headers })).record).toMatchObject({ rule_id: id, has_tools: true })
    expect((await call({ body: body.replace("true", "false"), headers })).record.rule_id).toBeNull()
    expect((await call({ body: body.replace('[{"type":"function"}]', "[]"), headers })).record).toMatchObject({
      rule_id: null,
      has_tools: false,
    })
  })

  it("changes the model in a Gemini path, and in a body that repeats it", async () => {
    place({ match: { provider: "gemini" }, targets: [{ weight: 1, model: "gemini-3 pro/x" }] })
    const { received } = await call({
      path: "/v1beta/models/gemini-2.5-flash:embedContent?alt=json",
      body: '{"model":"models/gemini-2.5-flash", "content":{}}',
    })
    expect(received?.head.split("\r\n")[0]).toBe(
      "POST /v1beta/models/gemini-3%20pro%2Fx:embedContent?alt=json HTTP/1.1",
    )
    expect(received?.body).toBe('{"model":"models/gemini-3 pro/x", "content":{}}')
  })

  it("leaves a Gemini body that repeats its model alone when no rule applies", async () => {
    const body = '{"model":"models/gemini-2.5-flash", "content":{}}'
    expect((await call({ path: "/v1beta/models/gemini-2.5-flash:embedContent", body })).received?.body).toBe(body)
  })

  it("is skipped, with its reason, where it cannot be followed, and the next one is asked", async () => {
    const crossing = place({ targets: [{ weight: 1, provider: "anthropic", model: "claude-x" }] })
    const next = place({ targets: [{ weight: 1, model: "gpt-4o-mini" }] })
    const { record, answer } = await call({})
    expect(answer.status).toBe(200)
    expect(record).toMatchObject({
      rule_id: next,
      rule_skipped: [{ rule_id: crossing, reason: "translation_unavailable" }],
      model_actual: "gpt-4o-mini",
    })
  })

  it("never takes a key past its list of models", async () => {
    const id = place({ targets: [{ weight: 1, model: "gpt-4o" }] })
    const { record } = await call({
      body: '{"model":"gpt-4o-mini"}',
      headers: { "x-sluice-key": gateway.keys.onlyMini },
    })
    expect(record).toMatchObject({
      rule_id: null,
      rule_skipped: [{ rule_id: id, reason: "model_not_allowed" }],
      model_actual: "gpt-4o-mini",
    })
  })

  it("keeps a session at one target of a split", async () => {
    place({
      targets: [
        { weight: 1, model: "gpt-4o" },
        { weight: 1, model: "gpt-4o-mini" },
      ],
    })
    const models = async (session: string) => {
      const seen = new Set<string | null>()
      for (let i = 0; i < 4; i += 1) {
        seen.add((await call({ headers: { "x-sluice-session": session } })).record.model_actual)
      }
      return [...seen]
    }
    const all = new Set<string | null>()
    for (let i = 0; i < 12; i += 1) {
      const seen = await models(`session-${i}`)
      expect(seen).toHaveLength(1)
      all.add(seen[0] ?? null)
    }
    expect(all.size).toBe(2)
  })
})

describe("a rule that would cross to a provider", () => {
  const withKey = (more: Readonly<Record<string, string>>) => ({
    headers: { "x-sluice-key": gateway.keys.noCredentials, ...more },
  })

  it("without a credential is skipped as no_credential, and no key of another provider goes there", async () => {
    const id = place({ targets: [{ weight: 1, provider: "groq", model: "llama" }] }, gateway.keys.noCredentials)
    for (const secret of ["sk-proj-openai-key", "sk-a-key-that-names-no-one"]) {
      const { record, received } = await call(withKey({ authorization: `Bearer ${secret}` }))
      expect(record).toMatchObject({
        rule_id: null,
        rule_skipped: [{ rule_id: id, reason: "no_credential" }],
        provider: "openai",
        credential_source: "caller",
      })
      expect(received?.body).toBe('{"model":"gpt-4o","messages":[]}')
    }
  })

  it("is followed with the caller's own key when that is the provider's", async () => {
    const id = place({ targets: [{ weight: 1, provider: "groq", model: "llama" }] }, gateway.keys.noCredentials)
    const { record, received } = await call(withKey({ authorization: "Bearer gsk_callersOwnGroqKey" }))
    expect(record).toMatchObject({ rule_id: id, provider: "groq", credential_source: "caller" })
    expect(received?.head).toContain("gsk_callersOwnGroqKey")
  })

  it("keeps the caller's own key where the provider stays the same", async () => {
    const id = place({}, gateway.keys.noCredentials)
    const { record } = await call(withKey({ authorization: "Bearer sk-a-key-that-names-no-one" }))
    expect(record).toMatchObject({ rule_id: id, model_actual: "gpt-4o-mini", credential_source: "caller" })
  })
})

describe("the body a rule forwards", () => {
  it("differs from the client's in the bytes of the model's name and in nothing else, for any body", async () => {
    place({ targets: [{ weight: 1, model: 'new "model" é' }] })
    const space = fc.constantFrom("", " ", "\n\t", "\r\n  ")
    const others = fc.dictionary(
      fc
        .string({ maxLength: 8 })
        .filter((key) => !["model", "stream", "stream_options", "__proto__"].includes(key) && !key.startsWith("max_")),
      fc.jsonValue({ maxDepth: 2 }),
      { maxKeys: 4 },
    )
    const name = fc.constantFrom('"gpt-4o"', '"gpt\\u002d4o"', '"openai\\/gpt-4o"', '"gpt-4o-mini"')
    await fc.assert(
      fc.asyncProperty(others, others, name, space, space, async (before, after, model, left, right) => {
        const members = (list: object) =>
          Object.entries(list).map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`)
        const head = `${left}{${[...members(before), ""].join(",")}${right}"model"${left}:${right}`
        const tail = `${left}${["", ...members(after)].join(`,${right}`)}}${right}`
        const { received } = await call({ body: `${head}${model}${tail}` })
        expect(received?.body).toBe(`${head}"new \\"model\\" é"${tail}`)
      }),
      { numRuns: 150 },
    )
  })
})
