import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startTestGateway, type TestGateway } from "../testing/gateway.ts"
import {
  headerOf,
  openRaw,
  type RawUpstream,
  rawRequest,
  sendRaw,
  soon,
  startRawUpstream,
} from "../testing/raw-http.ts"

let upstream: RawUpstream
let gateway: TestGateway

beforeAll(async () => {
  upstream = await startRawUpstream((_request, socket) => {
    socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}")
  })
  gateway = await startTestGateway({ upstream: upstream.url, maxBodyBytes: 1_000_000 })
})

afterAll(async () => {
  await gateway?.stop()
  await upstream?.close()
})

/** One path of each protocol, and what its own errors look like. */
const protocols = [
  ["/v1/chat/completions", "gpt-4o", { error: { type: "invalid_request_error", code: "invalid_request" } }],
  [
    "/v1/messages",
    "claude-sonnet-4-20250514",
    { type: "error", error: { type: "invalid_request_error", code: "invalid_request" } },
  ],
  [
    "/v1beta/models/gemini-2.5-flash:generateContent",
    "gemini-2.5-flash",
    { error: { code: 400, status: "INVALID_ARGUMENT", details: [{ reason: "invalid_request" }] } },
  ],
] as const

const raw = (bytes: readonly number[]): Buffer =>
  Buffer.concat([Buffer.from('{"model":"gpt-4o","x":"'), Buffer.from(bytes), Buffer.from('"}')])
const bomb = Buffer.alloc(50_000_000, " ")

describe("a body that no provider should see", () => {
  const plain: readonly (readonly [string, Buffer | string])[] = [
    ["empty", ""],
    ["cut", '{"model":"gpt-4o","messages":['],
    ["a list", '[{"model":"gpt-4o"}]'],
    ["two objects", '{"model":"gpt-4o"}{"model":"gpt-4o"}'],
    ["nested 10,000 deep", `{"model":"gpt-4o","x":${"[".repeat(10_000)}${"]".repeat(10_000)}}`],
    ["objects nested 10,000 deep", `${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`],
    ["a model given twice", '{"model":"gpt-4o","model":"gpt-4o"}'],
    ["a model given twice, once in escapes", '{"model":"gpt-4o","mod\\u0065l":"gpt-4o"}'],
    ["a stream given twice", '{"model":"gpt-4o","stream":true,"stream":false}'],
    ["tokens given twice", '{"model":"gpt-4o","max_tokens":1,"max_tokens":99999}'],
    ["a byte order mark", '\ufeff{"model":"gpt-4o"}'],
    ["UTF-16", Buffer.from('{"model":"gpt-4o"}', "utf16le")],
    ["an overlong slash", raw([0xc0, 0xaf])],
    ["an overlong NUL", raw([0xc0, 0x80])],
    ["half a surrogate pair", raw([0xed, 0xa0, 0x80])],
    ["a character past the last", raw([0xf4, 0x90, 0x80, 0x80])],
    ["a byte that never is", raw([0xff])],
    ["a character cut off", raw([0xe2, 0x82])],
    ["a control character", raw([0x0a])],
    ["NUL after the end", '{"model":"gpt-4o"}\0'],
    ["a comment", '{"model":"gpt-4o"/* */}'],
    ["a comma too many", '{"model":"gpt-4o",}'],
    ["NaN", '{"model":"gpt-4o","x":NaN}'],
    ["a number of another grammar", '{"model":"gpt-4o","x":01}'],
    ["a model that is a list", '{"model":["gpt-4o"]}'],
  ]
  const encoded: readonly (readonly [string, Buffer | string, Record<string, string>])[] = [
    ["a bomb in gzip", gzipSync(bomb), { "content-encoding": "gzip" }],
    ["a bomb in deflate", deflateSync(bomb), { "content-encoding": "deflate" }],
    ["a bomb in br", brotliCompressSync(bomb), { "content-encoding": "br" }],
    ["a bomb in gzip in gzip", gzipSync(gzipSync(bomb)), { "content-encoding": "gzip, gzip" }],
    ["an encoding nobody reads", "x", { "content-encoding": "zstd" }],
    ["an encoding nobody knows", "x", { "content-encoding": "identity, x" }],
  ]

  const bodies = [...plain.map(([what, body]) => [what, body, {}] as const), ...encoded]

  it.each(bodies)("is refused in each protocol's words: %s", async (_what, body, headers) => {
    for (const [path, , shape] of protocols) {
      const before = upstream.bytesReceived()
      const answer = await sendRaw(gateway.port, rawRequest(path, { "x-sluice-key": gateway.key, ...headers }, body))
      expect(answer.status).toBe(400)
      expect(headerOf(answer.headers, "x-sluice-error")).toBe("invalid_request")
      expect(JSON.parse(answer.body.toString())).toMatchObject(shape)
      expect(answer.body.length).toBeLessThan(1000)
      expect(upstream.bytesReceived()).toBe(before)
    }
  })

  it("is cut short by its client without a byte of it going on", async () => {
    const before = upstream.bytesReceived()
    for (const [path, model] of protocols) {
      const whole = rawRequest(path, { "x-sluice-key": gateway.key }, `{"model":"${model}","messages":[]}`)
      const client = await openRaw(gateway.port, whole.subarray(0, -3))
      client.socket.end()
      expect(await soon(() => client.isClosed())).toBe(true)
    }
    expect(await soon(() => gateway.inFlight() === 0)).toBe(true)
    expect(upstream.bytesReceived()).toBe(before)
  })

  it("is a 413 one byte past the limit, with or without a length, and served at it", async () => {
    const [begin, end] = ['{"model":"gpt-4o","x":"', '"}']
    const exact = begin + "y".repeat(1_000_000 - begin.length - end.length) + end
    const headers = { "x-sluice-key": gateway.key }
    expect((await sendRaw(gateway.port, rawRequest("/v1/chat/completions", headers, exact))).status).toBe(200)
    const before = upstream.bytesReceived()
    const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: g\r\nx-sluice-key: ${gateway.key}\r\n`
    for (const bytes of [
      rawRequest("/v1/chat/completions", headers, `${exact} `),
      `${head}transfer-encoding: chunked\r\n\r\n${(1_000_001).toString(16)}\r\n${exact} \r\n0\r\n\r\n`,
    ]) {
      const answer = await sendRaw(gateway.port, bytes)
      expect(answer.status).toBe(413)
      expect(headerOf(answer.headers, "connection")).toBe("close")
    }
    expect(upstream.bytesReceived()).toBe(before)
  })

  it("passes untouched when it is only strange", async () => {
    for (const body of [
      `{"model":"gpt-4o","seed":${"9".repeat(5000)}}`,
      `{"model":"gpt-4o","seed":1e999999,"x":-0.0e-0}`,
      `{"model":"gpt-4o","${"k".repeat(200_000)}":"${"v".repeat(200_000)}"}`,
      `{"__proto__":{"model":"x"},"constructor":1,"model":"gpt-4o","user":"\\ud800\\u0000"}`,
      `{"model":"gpt-4o",${Array.from({ length: 20_000 }, (_, index) => `"k${index}":1`).join(",")}}`,
    ]) {
      const answer = await sendRaw(
        gateway.port,
        rawRequest("/v1/chat/completions", { "x-sluice-key": gateway.key }, body),
      )
      expect(answer.status).toBe(200)
      expect(upstream.requests.at(-1)?.body.toString()).toBe(body)
    }
  })
})

describe("keys in more than one place", () => {
  const target = "/v1beta/models/gemini-2.5-flash:generateContent"
  it.each([
    ["two in the query", `${target}?key=AIzaA&key=AIzaB`],
    ["two of ours in the query", `${target}?key={key}&key={key}`],
    ["another of ours in the query", `${target}?key=slk_another0000000000000000`],
    ["one of ours beside others' words", `${target}?key=AIza{key}`],
    ["one of ours under another name", `${target}?api_key={key}`],
    ["one of ours in the path", "/v1beta/models/{key}:generateContent"],
    ["a key no header can carry", `${target}?key=AIza%0d%0ax-injected:%20yes`],
  ])("are a 400, and none goes on: %s", async (_what, path) => {
    const before = upstream.bytesReceived()
    const answer = await sendRaw(
      gateway.port,
      rawRequest(path.replaceAll("{key}", gateway.key), { "x-sluice-key": gateway.key }, "{}"),
    )
    expect(answer.status).toBe(400)
    expect(JSON.parse(answer.body.toString())).toMatchObject({ error: { status: "INVALID_ARGUMENT" } })
    expect(upstream.bytesReceived()).toBe(before)
  })
})
