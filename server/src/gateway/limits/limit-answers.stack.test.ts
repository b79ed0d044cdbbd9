import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { startTestGateway, type TestGateway } from "../../testing/gateway.ts"
import {
  headerOf,
  type RawAnswer,
  type RawUpstream,
  rawRequest,
  sendRaw,
  startRawUpstream,
} from "../../testing/raw-http.ts"

let upstream: RawUpstream
let gateway: TestGateway
/** What the provider says beside its answer. */
let extra: string
let answer: string

beforeEach(async () => {
  extra = ""
  answer = "{}"
  upstream = await startRawUpstream((_request, socket) => {
    socket.write(
      `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${extra}content-length: ${answer.length}\r\n\r\n${answer}`,
    )
  })
  gateway = await startTestGateway({ upstream: upstream.url })
})

afterEach(async () => {
  await gateway.stop()
  await upstream.close()
})

const bodies = {
  "/v1/chat/completions": '{"model":"gpt-4o","messages":[]}',
  "/v1/responses": '{"model":"gpt-4o","input":"Hi"}',
  "/v1/messages": '{"model":"claude-sonnet-4-20250514","max_tokens":5,"messages":[]}',
  "/v1beta/models/gemini-2.5-flash:generateContent": '{"contents":[]}',
} as const

const send = (key: string, path: keyof typeof bodies, body: string = bodies[path]): Promise<RawAnswer> =>
  sendRaw(gateway.port, rawRequest(path, { "x-sluice-key": key }, body))

describe("the answers to a limited key", () => {
  it("say what is left under the usual names, and beside a provider that says it too under ours", async () => {
    const plain = await send(gateway.keys.limited, "/v1/chat/completions")
    expect(headerOf(plain.headers, "x-ratelimit-limit-requests")).toBe("2")
    expect(headerOf(plain.headers, "x-ratelimit-remaining-requests")).toBe("1")
    expect(headerOf(plain.headers, "x-sluice-ratelimit-limit-requests")).toBeNull()
    extra = "X-RateLimit-Limit-Requests: 9000\r\nx-ratelimit-remaining-requests: 8999\r\n"
    const own = await send(gateway.keys.limited, "/v1/chat/completions")
    expect(headerOf(own.headers, "x-ratelimit-limit-requests")).toBe("9000")
    expect(headerOf(own.headers, "x-ratelimit-remaining-requests")).toBe("8999")
    expect(headerOf(own.headers, "x-sluice-ratelimit-limit-requests")).toBe("2")
    expect(headerOf(own.headers, "x-sluice-ratelimit-remaining-requests")).toBe("0")
    expect(headerOf(own.headers, "x-sluice-ratelimit-reset-requests")).toMatch(/^(1m[01]s|5\ds)$/)
    const refused = await send(gateway.keys.limited, "/v1/chat/completions")
    expect(refused.status).toBe(429)
    expect(headerOf(refused.headers, "x-ratelimit-limit-requests")).toBe("2")
    expect(upstream.requests).toHaveLength(2)
  })

  it("keep what was reserved for the output of an answer that tells only its input", async () => {
    answer = '{"type":"message","usage":{"input_tokens":5}}'
    const body = '{"model":"claude-sonnet-4-20250514","max_tokens":3000,"messages":[]}'
    const statuses = [1, 2].map(() => send(gateway.keys.limitedTokens, "/v1/messages", body).then((one) => one.status))
    expect((await Promise.all(statuses)).sort()).toEqual([200, 429])
    expect((await send(gateway.keys.limitedTokens, "/v1/messages", body)).status).toBe(429)
  })

  it("that refuse are 429 in the shape of each protocol, with the same headers", async () => {
    for (let i = 0; i < 2; i += 1) await send(gateway.keys.limited, "/v1/chat/completions")
    const openai = { error: { type: "rate_limit_error", code: "rate_limit_exceeded" } }
    const shapes = {
      "/v1/chat/completions": openai,
      "/v1/responses": openai,
      "/v1/messages": { type: "error", error: { type: "rate_limit_error", code: "rate_limit_exceeded" } },
      "/v1beta/models/gemini-2.5-flash:generateContent": {
        error: { code: 429, status: "RESOURCE_EXHAUSTED", details: [{ reason: "rate_limit_exceeded" }] },
      },
    } as const
    for (const path of Object.keys(bodies) as (keyof typeof bodies)[]) {
      const refused = await send(gateway.keys.limited, path)
      expect([path, refused.status]).toEqual([path, 429])
      expect(JSON.parse(refused.body.toString())).toMatchObject(shapes[path])
      expect(refused.body.toString()).toContain("2 requests a minute; try again in")
      expect(headerOf(refused.headers, "content-type")).toContain("application/json")
      expect(headerOf(refused.headers, "x-sluice-error")).toBe("rate_limit_exceeded")
      expect(Number(headerOf(refused.headers, "retry-after"))).toBeGreaterThanOrEqual(55)
      expect(headerOf(refused.headers, "x-ratelimit-limit-requests")).toBe("2")
      expect(headerOf(refused.headers, "x-ratelimit-remaining-requests")).toBe("0")
      expect(headerOf(refused.headers, "x-ratelimit-reset-requests")).not.toBeNull()
    }
    expect(upstream.requests).toHaveLength(2)
  })

  it.each([
    ["/v1/chat/completions", '{"model":"gpt-4o","max_tokens":4900,"messages":[]}'],
    ["/v1/chat/completions", '{"model":"gpt-4o","max_completion_tokens":4900,"messages":[]}'],
    ["/v1/responses", '{"model":"gpt-4o","max_output_tokens":4900,"input":"Hi"}'],
    ["/v1/messages", '{"model":"claude-sonnet-4-20250514","max_tokens":4900,"messages":[]}'],
    ["/v1beta/models/gemini-2.5-flash:generateContent", '{"contents":[],"generationConfig":{"maxOutputTokens":4900}}'],
  ] as const)("of %s to %s hold back the tokens it may use", async (path, body) => {
    const first = await send(gateway.keys.limitedTokens, path, body)
    expect(first.status).toBe(200)
    expect(Number(headerOf(first.headers, "x-ratelimit-remaining-tokens"))).toBeLessThanOrEqual(100)
    const second = await send(gateway.keys.limitedTokens, path, body)
    expect([second.status, headerOf(second.headers, "x-sluice-error")]).toEqual([429, "rate_limit_exceeded"])
    expect(second.body.toString()).toContain("5000 tokens a minute")
  })
})
