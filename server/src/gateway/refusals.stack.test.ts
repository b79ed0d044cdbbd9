import { connect } from "node:net"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startTestGateway, type TestGateway } from "../testing/gateway.ts"
import {
  headerOf,
  parseAnswer,
  type RawAnswer,
  type RawUpstream,
  rawRequest,
  sendRaw,
  startRawUpstream,
} from "../testing/raw-http.ts"

let upstream: RawUpstream
let gateway: TestGateway

beforeAll(async () => {
  upstream = await startRawUpstream((_request, socket) => {
    socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}")
  })
  gateway = await startTestGateway({ upstream: upstream.url, maxBodyBytes: 10_000 })
})

afterAll(async () => {
  await gateway?.stop()
  await upstream?.close()
})

const chat = "/v1/chat/completions"
const good = '{"model":"gpt-4o","messages":[]}'

async function refusedWith(code: string, status: number, bytes: Buffer | string): Promise<RawAnswer> {
  const before = upstream.requests.length
  const answer = await sendRaw(gateway.port, bytes)
  expect(headerOf(answer.headers, "x-sluice-error")).toBe(code)
  expect(answer.status).toBe(status)
  expect(upstream.requests).toHaveLength(before)
  return answer
}

const post = (body: Buffer | string, headers: Record<string, string> = {}, path = chat): Buffer =>
  rawRequest(path, { "x-sluice-key": gateway.key, ...headers }, body)

describe("a request that is refused never reaches a provider", () => {
  it("without a key, with an unknown one, an expired one, one without the scope, one of a disabled organization", async () => {
    await refusedWith("missing_key", 401, rawRequest(chat, {}, good))
    await refusedWith("missing_key", 401, rawRequest(chat, { authorization: "Bearer sk-own" }, good))
    await refusedWith(
      "invalid_key",
      401,
      rawRequest(chat, { authorization: "Bearer slk_nobodyknowsthiskey0000" }, good),
    )
    await refusedWith(
      "invalid_key",
      401,
      rawRequest(chat, { "x-sluice-key": gateway.keys.expired, "x-sluice-request-id": "expired" }, good),
    )
    expect(await gateway.recordOf("expired")).toMatchObject({
      status: 401,
      error_code: "invalid_key",
      error_source: "client",
      attempts: 0,
    })
    await refusedWith("scope_missing", 403, rawRequest(chat, { "x-sluice-key": gateway.keys.withoutScope }, good))
    await refusedWith("organization_disabled", 403, rawRequest(chat, { "x-sluice-key": gateway.keys.disabled }, good))
  })

  it("with contradicting keys", async () => {
    const twice = Buffer.from(
      `POST ${chat} HTTP/1.1\r\nhost: g\r\nauthorization: Bearer a\r\nauthorization: Bearer ${gateway.key}\r\ncontent-length: 2\r\n\r\n{}`,
    )
    await refusedWith("invalid_request", 400, twice)
    await refusedWith("invalid_request", 400, post(good, { authorization: "Bearer slk_another0000000000000000" }))
  })

  it("for a model outside the key's list", async () => {
    await refusedWith("model_not_allowed", 403, rawRequest(chat, { "x-sluice-key": gateway.keys.onlyMini }, good))
    const mini = await sendRaw(
      gateway.port,
      rawRequest(chat, { "x-sluice-key": gateway.keys.onlyMini }, '{"model":"gpt-4o-mini"}'),
    )
    expect(mini.status).toBe(200)
  })

  it("when the body is not the JSON it should be", async () => {
    for (const body of [
      "",
      "{",
      "[]",
      "nonsense",
      '{"messages":[]}',
      '{"model":7}',
      '{"model":""}',
      '{"model":"a","model":"b"}',
      '{"model":"gpt-4o"} {}',
    ]) {
      await refusedWith("invalid_request", 400, post(body))
    }
    await refusedWith("invalid_request", 400, post(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])))
    await refusedWith(
      "invalid_request",
      400,
      post(good, { "content-encoding": "gzip", "x-sluice-request-id": "gzipped" }),
    )
    expect(await gateway.recordOf("gzipped")).toMatchObject({
      status: 400,
      error_category: "invalid_request",
      error_source: "client",
    })
  })

  it("when no one can say whose model it is, and then says what to do", async () => {
    const answer = await refusedWith("unknown_model", 404, post('{"model":"gpt4o-minii"}'))
    const { error } = JSON.parse(answer.body.toString()) as { error: { message: string } }
    expect(error.message).toContain("X-Sluice-Provider")
    await refusedWith("invalid_provider", 400, post(good, { "x-sluice-provider": "nobody" }))
  })

  it("when it would have to be translated", async () => {
    await refusedWith("translation_unavailable", 400, post('{"model":"claude-sonnet-4-20250514"}'))
    const answer = await refusedWith(
      "translation_unavailable",
      400,
      post('{"model":"gpt-4o","max_tokens":1}', {}, "/v1/messages"),
    )
    expect(JSON.parse(answer.body.toString())).toMatchObject({
      type: "error",
      error: { type: "invalid_request_error", code: "translation_unavailable" },
    })
  })

  it("when the project has no credential for the provider and the caller's key is another's", async () => {
    const foreign = { "x-sluice-key": gateway.keys.noCredentials }
    await refusedWith("no_credential", 400, rawRequest(chat, foreign, good))
    await refusedWith(
      "no_credential",
      400,
      rawRequest(chat, { ...foreign, authorization: "Bearer sk-ant-theirs" }, good),
    )
  })

  it("when it is too large: before the body when its length says so, and on the way otherwise", async () => {
    const large = `POST ${chat} HTTP/1.1\r\nhost: g\r\nx-sluice-key: ${gateway.key}\r\ncontent-length: 10001\r\n\r\n`
    await refusedWith("request_too_large", 413, large)
    const chunked = `POST ${chat} HTTP/1.1\r\nhost: g\r\nx-sluice-key: ${gateway.key}\r\ntransfer-encoding: chunked\r\n\r\n2711\r\n${"x".repeat(10_001)}\r\n`
    await refusedWith("request_too_large", 413, chunked)
    const exact = `{"model":"gpt-4o","x":"${"y".repeat(10_000 - 25)}"}`
    expect(exact).toHaveLength(10_000)
    expect((await sendRaw(gateway.port, post(exact))).status).toBe(200)
  })

  it("when its body stops coming", async () => {
    const patient = await startTestGateway({
      upstream: upstream.url,
      timeouts: { connectMs: 500, firstByteMs: 500, idleMs: 500, totalMs: 500, requestMs: 100 },
    })
    const half = `POST ${chat} HTTP/1.1\r\nhost: g\r\nx-sluice-key: ${patient.key}\r\ncontent-length: 100\r\n\r\n{"mod`
    const answer = await sendRaw(patient.port, half)
    expect(answer.status).toBe(408)
    expect(headerOf(answer.headers, "connection")).toBe("close")
    await patient.stop()
  })

  it("for a route or a method that does not exist, naming those that do", async () => {
    const answer = await refusedWith("not_found", 404, post(good, {}, "/v1/imagine"))
    expect(answer.body.toString()).toContain("POST /v1/chat/completions")
    const wrong = await refusedWith("method_not_allowed", 405, `GET ${chat} HTTP/1.1\r\nhost: g\r\n\r\n`)
    expect(headerOf(wrong.headers, "allow")).toBe("POST")
  })
})

describe("what is not HTTP", () => {
  it.each([
    ["a bare line feed in the head", `POST ${chat} HTTP/1.1\nhost: g\n\n`],
    [
      "both a length and chunks",
      `POST ${chat} HTTP/1.1\r\nhost: g\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ["two lengths", `POST ${chat} HTTP/1.1\r\nhost: g\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n{}`],
    ["no host", `POST ${chat} HTTP/1.1\r\ncontent-length: 2\r\n\r\n{}`],
    ["a head larger than 64 kB", `POST ${chat} HTTP/1.1\r\nhost: g\r\nx: ${"y".repeat(70_000)}\r\n\r\n`],
    ["garbage", "\u0000\u0001\u0002\r\n\r\n"],
  ])("is refused with a clear status and a closed connection: %s", async (_what, bytes) => {
    const before = upstream.requests.length
    const answer = await sendRaw(gateway.port, bytes)
    expect([400, 431]).toContain(answer.status)
    expect(upstream.requests).toHaveLength(before)
  })

  it("leaves the others alone when clients vanish in the middle of a body", async () => {
    for (let i = 0; i < 20; i += 1) {
      const socket = connect(gateway.port, "127.0.0.1")
      socket.on("error", () => undefined)
      await new Promise((resolve) => socket.write(post(good).subarray(0, -5), resolve))
      socket.destroy()
    }
    expect((await sendRaw(gateway.port, post(good))).status).toBe(200)
  })
})

describe("a caller's own provider key", () => {
  it("goes to the provider it belongs to, in the form it came, and ours does not", async () => {
    const own = {
      "x-sluice-key": gateway.keys.noCredentials,
      authorization: "Bearer sk-proj-own",
      "x-sluice-request-id": "own",
    }
    expect((await sendRaw(gateway.port, rawRequest(chat, own, good))).status).toBe(200)
    expect(upstream.requests.at(-1)?.head).toContain("authorization: Bearer sk-proj-own")
    expect(upstream.requests.at(-1)?.head).not.toContain("slk_")
    expect(await gateway.recordOf("own")).toMatchObject({ credential_source: "caller", credential_id: null })
    const anthropic = { "x-sluice-key": gateway.keys.noCredentials, authorization: "Bearer sk-ant-own" }
    await sendRaw(gateway.port, rawRequest("/v1/messages", anthropic, '{"model":"claude-sonnet-4-20250514"}'))
    expect(upstream.requests.at(-1)?.head).toContain("authorization: Bearer sk-ant-own")
  })

  it("is replaced by the project's stored credential where there is one", async () => {
    await sendRaw(gateway.port, post(good, { authorization: "Bearer sk-proj-own" }))
    expect(upstream.requests.at(-1)?.head).toContain("authorization: Bearer stored-openai-secret")
    expect(upstream.requests.at(-1)?.head).not.toContain("sk-proj-own")
    await sendRaw(gateway.port, post('{"model":"claude-sonnet-4-20250514"}', {}, "/v1/messages"))
    expect(upstream.requests.at(-1)?.head).toContain("x-api-key: stored-anthropic-secret")
    await sendRaw(gateway.port, post('{"contents":[]}', {}, "/v1beta/models/gemini-2.5-flash:generateContent"))
    expect(upstream.requests.at(-1)?.head).toContain("x-goog-api-key: stored-gemini-secret")
    await sendRaw(gateway.port, post('{"contents":[]}', {}, "/v1/models/gemini-2.5-flash:generateContent"))
    expect(upstream.requests.at(-1)?.head).toMatch(/^POST \/v1\/models\/gemini-2.5-flash:generateContent HTTP/)
  })
})

describe("a gateway that stops", () => {
  it("finishes what it has begun, tells later requests to go elsewhere, and says so in readyz", async () => {
    const stopping = await startTestGateway({ upstream: upstream.url })
    let release: () => void = () => undefined
    upstream.handle((_request, socket) => {
      release = () =>
        void socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}")
    })
    const idle = connect(stopping.port, "127.0.0.1")
    await new Promise((resolve) => idle.once("connect", resolve))
    // A connection on which nothing is ever asked must not hold up the stop.
    const unused = connect(stopping.port, "127.0.0.1")
    await new Promise((resolve) => unused.once("connect", resolve))
    const begun = sendRaw(stopping.port, rawRequest(chat, { "x-sluice-key": stopping.key }, good))
    while (upstream.open.size === 0 || stopping.inFlight() === 0) await new Promise((resolve) => setImmediate(resolve))
    await new Promise((resolve) => setTimeout(resolve, 50))
    const stopped = stopping.stop()
    idle.write("GET /readyz HTTP/1.1\r\nhost: g\r\n\r\n")
    const ready = parseAnswer(await new Promise<Buffer>((resolve) => idle.once("data", resolve)))
    expect(ready.status).toBe(503)
    idle.write(rawRequest(chat, { "x-sluice-key": stopping.key }, good))
    const late = parseAnswer(await new Promise<Buffer>((resolve) => idle.once("data", resolve)))
    expect(late.status).toBe(503)
    expect(headerOf(late.headers, "x-sluice-error")).toBe("shutting_down")
    expect(headerOf(late.headers, "connection")).toBe("close")
    release()
    const answer = await begun
    expect(answer.status).toBe(200)
    expect(headerOf(answer.headers, "connection")).toBe("close")
    const from = performance.now()
    await stopped
    expect(performance.now() - from).toBeLessThan(1000)
  })
})
