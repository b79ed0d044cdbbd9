import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startTestGateway, type TestGateway } from "../testing/gateway.ts"
import {
  headerOf,
  type RawAnswer,
  type RawHandler,
  type RawUpstream,
  rawRequest,
  sendRaw,
  soon,
  startRawUpstream,
} from "../testing/raw-http.ts"

let upstream: RawUpstream
let gateway: TestGateway

beforeAll(async () => {
  upstream = await startRawUpstream()
  gateway = await startTestGateway({ upstream: upstream.url })
})

afterAll(async () => {
  await gateway?.stop()
  await upstream?.close()
})

const body = '{"model":"gpt-4o","stream":true,"messages":[]}'
let calls = 0

/** One call whose upstream does as told; gives what the client got and what was recorded. */
async function callWith(handler: RawHandler) {
  calls += 1
  const id = `hostile-${calls}`
  upstream.handle(handler)
  const received: RawAnswer = await sendRaw(
    gateway.port,
    rawRequest("/v1/chat/completions", { "x-sluice-key": gateway.key, "x-sluice-request-id": id }, body),
  )
  return { received, record: await gateway.recordOf(id) }
}

const call = (bytes: Buffer | string, close = false) =>
  callWith((_request, socket) => {
    socket.write(bytes)
    if (close) socket.end()
  })

const events = (bytes: Buffer, headers = ""): Buffer =>
  Buffer.concat([
    Buffer.from(
      `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n${headers}content-length: ${bytes.length}\r\n\r\n`,
    ),
    bytes,
  ])
const compressed = (encoding: string, bytes: Buffer): Buffer => events(bytes, `content-encoding: ${encoding}\r\n`)

const event = '{"choices":[{"delta":{"content":"hi"}}]}'
const usage = '{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}'

describe("a compressed stream", () => {
  it.each([
    ["gzip", gzipSync("data: {}\n\n")],
    ["deflate", deflateSync("data: {}\n\n")],
    ["br", brotliCompressSync("data: {}\n\n")],
  ])("whose %s is broken is relayed, and has a record that says so", async (encoding, whole) => {
    const broken = Buffer.concat([whole.subarray(0, 12), Buffer.alloc(5000, 0xff)])
    const { received, record } = await call(compressed(encoding, broken))
    expect(received.body.equals(broken)).toBe(true)
    expect(record).toMatchObject({ status: 200 })
    expect(record.quality).toContain("answer_unreadable")
  })

  it("that breaks long before its end has a record too", async () => {
    const broken = Buffer.concat([gzipSync("data: {}\n\n").subarray(0, 12), Buffer.alloc(6000, 0xff)])
    const { record } = await callWith((_request, socket) => {
      const answer = compressed("gzip", broken)
      socket.write(answer.subarray(0, -1000))
      setTimeout(() => socket.write(answer.subarray(-1000)), 100)
    })
    expect(record.quality).toContain("answer_unreadable")
  })

  const megabyte = "data: 1\n".repeat(131_072)
  it.each([
    ["gzip", gzipSync(megabyte.repeat(100))],
    ["deflate", deflateSync(megabyte.repeat(100))],
    ["br", brotliCompressSync(megabyte.repeat(100))],
  ])(
    "that explodes out of %s is relayed whole, read up to its budget, and leaves no memory behind",
    async (encoding, bomb) => {
      const before = process.memoryUsage().arrayBuffers
      const { received, record } = await call(compressed(encoding, bomb))
      expect(received.body.equals(bomb)).toBe(true)
      expect(record.quality).toContain("answer_unreadable")
      expect(await soon(() => process.memoryUsage().arrayBuffers - before < 96 * 1024 * 1024)).toBe(true)
    },
    30_000,
  )
})

describe("a compressed answer", () => {
  it.each([
    ["is read when it inflates to a few megabytes", 3_000_000, []],
    ["is relayed and not read when it explodes", 60_000_000, ["answer_unreadable"]],
  ])("%s", async (_what, size, quality) => {
    const text = `{"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5},"x":"${" ".repeat(size)}"}`
    const bomb = gzipSync(text)
    const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`
    const { received, record } = await call(Buffer.concat([Buffer.from(head), bomb]))
    expect(received.body.equals(bomb)).toBe(true)
    expect(record.quality).toEqual(quality)
    if (quality.length === 0) expect(record.usage).toMatchObject({ input: 3, output: 2 })
  })
})

describe("a stream of events that are none", () => {
  it.each([
    ["a line without end", Buffer.alloc(20_000_000, "x"), ["answer_unreadable"]],
    [
      "a data line without end",
      Buffer.concat([Buffer.from("data: "), Buffer.alloc(20_000_000, "x")]),
      ["answer_unreadable"],
    ],
    ["returns alone", Buffer.from(`data: ${event}\r\rdata: ${usage}\r\rdata: [DONE]\r\r`), []],
    ["NUL everywhere", Buffer.from(`\0\0\0data: ${event}\n\n\0data: \0\n\ndata: ${usage}\n\n`), []],
    ["a byte order mark", Buffer.from(`\ufeffdata: ${event}\n\ndata: ${usage}\n\n`), []],
    [
      "bytes that are no UTF-8",
      Buffer.concat([Buffer.from([0xff, 0xfe, 0xc0, 0xaf]), Buffer.from(`\n\ndata: ${usage}\n\n`)]),
      [],
    ],
    ["JSON nested very deep", Buffer.from(`data: ${"[".repeat(300_000)}\n\ndata: ${usage}\n\n`), ["usage_unreadable"]],
    ["nothing but blank lines", Buffer.alloc(1_000_000, "\n"), []],
    ["a hundred thousand comments", Buffer.from(`${": ping\n\n".repeat(100_000)}data: ${usage}\n\n`), []],
  ])("passes byte for byte and is recorded: %s", async (_what, stream, quality) => {
    const { received, record } = await call(events(stream))
    expect(received.body.equals(stream)).toBe(true)
    expect(record.status).toBe(200)
    expect(record.quality).toEqual(quality)
    if (stream.includes(usage)) expect(record.usage).toMatchObject({ input: 3, output: 2 })
  })
})

describe("a head that no server should send", () => {
  const ok = "HTTP/1.1 200 OK\r\n"
  const end = "content-length: 2\r\n\r\n{}"
  it.each([
    ["a folded header", `${ok}x-a: b\r\n c\r\n${end}`],
    ["a control character in a value", `${ok}x-a: b\u0001c\r\n${end}`],
    ["NUL in a value", `${ok}x-a: b\u0000c\r\n${end}`],
    ["a lone return in a value", `${ok}x-a: b\rset-cookie: c\r\n${end}`],
    ["a header without a name", `${ok}: b\r\n${end}`],
    ["a space in a name", `${ok}x a: b\r\n${end}`],
    ["a status above 599", `HTTP/1.1 999 Odd\r\n${end}`],
    ["a status below 100", `HTTP/1.1 000 Odd\r\n${end}`],
    ["another protocol", "HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n{}"],
    ["a length beside chunks", `${ok}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`],
    ["two lengths", `${ok}content-length: 2\r\ncontent-length: 3\r\n\r\n{}`],
    ["a negative length", `${ok}content-length: -2\r\n\r\n{}`],
    ["a head of 100 kB", `${ok}x: ${"y".repeat(100_000)}\r\n\r\n`],
    ["no head at all", "hello"],
  ])("is a 502 in our words, and the next answer is the next call's: %s", async (_what, bytes) => {
    const { received, record } = await call(bytes, true)
    expect(received.status).toBe(502)
    expect(headerOf(received.headers, "x-sluice-error")).toMatch(/^provider_(protocol_error|unreachable)$/)
    expect(record.error_code).toBe(headerOf(received.headers, "x-sluice-error"))
    const next = await call("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nNEXT")
    expect(next.received.body.toString()).toBe("NEXT")
  })

  it.each([
    ["an odd status", `HTTP/1.1 599 Odd\r\n${end}`, 599],
    ["a control character in the reason", `HTTP/1.1 200 O\u0001K\r\n${end}`, 200],
    ["a reason without end", `HTTP/1.1 200 ${"O".repeat(30_000)}\r\n${end}`, 200],
    ["trailers", `${ok}transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nx-t: 1\r\nset-cookie: a\r\n\r\n`, 200],
    ["thousands of headers", `${ok}${"a: b\r\n".repeat(5000)}${end}`, 200],
    [
      "a hundred kilobytes of chunk extension",
      `${ok}transfer-encoding: chunked\r\n\r\n2;${"e".repeat(1e5)}\r\n{}\r\n0\r\n\r\n`,
      200,
    ],
    ["a storm of hints", `${"HTTP/1.1 103 Early\r\nlink: a\r\n\r\n".repeat(5000)}${ok}${end}`, 200],
  ])("is relayed where it harms nobody: %s", async (_what, bytes, status) => {
    const { received } = await call(bytes)
    expect(received.status).toBe(status)
    expect(received.body.toString()).toBe("{}")
    expect(received.complete).toBe(true)
    expect(headerOf(received.headers, "x-t")).toBeNull()
  })

  it("does not speak in our name, nor plant or end a session of the dashboard", async () => {
    const forged = [
      "x-sluice-request-id: forged",
      "X-Sluice-Error: forged",
      "set-cookie: sluice_session=forged; path=/",
      "Set-Cookie: __Host-sluice_session=forged; path=/; secure",
      'clear-site-data: "cookies"',
      "connection: x-hop",
      "connection: x-hop-2",
      "x-hop: 1",
      "x-hop-2: 1",
      "keep-alive: timeout=1",
      "upgrade: h2c",
      "set-cookie: theirs=1",
    ]
    const { received } = await call(`${ok}${forged.join("\r\n")}\r\n${end}`)
    expect(received.status).toBe(200)
    expect(received.headers.join("\n")).not.toMatch(/forged|clear-site-data|x-hop|timeout=1|h2c/i)
    expect(received.headers).toContain("theirs=1")
    expect(headerOf(received.headers, "x-sluice-request-id")).toMatch(/^req_/)
  })
})

describe("an answer that does not end where it says", () => {
  it("does not lend its rest to the next call on the connection", async () => {
    const evil = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nEVIL!"
    for (const first of [
      `HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}${evil}`,
      `HTTP/1.1 204 No Content\r\ncontent-length: ${evil.length}\r\n\r\n${evil}`,
      `HTTP/1.1 304 Not Modified\r\n\r\n${evil}`,
      `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n${evil}`,
      `HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}${evil}`,
      `HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n${evil}`,
    ]) {
      const { received } = await call(first)
      expect(received.body.toString()).not.toContain("EVIL")
      const next = await call("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nNEXT")
      expect(next.received.body.toString()).toBe("NEXT")
    }
  })

  it("breaks when its chunks are none", async () => {
    for (const chunk of ["zz\r\n", "-2\r\n{}\r\n", "2\r\n{}xx", "fffffffffffffffff\r\n{}\r\n"]) {
      const { received, record } = await call(
        `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n${chunk}`,
      )
      expect(received.complete).toBe(false)
      expect(record).toMatchObject({ error_code: "provider_protocol_error", error_source: "provider" })
    }
  })

  it("meets its deadline though hints keep coming", async () => {
    const hasty = await startTestGateway({ upstream: upstream.url, timeouts: { firstByteMs: 200, connectMs: 100 } })
    upstream.handle((_request, socket) => {
      const storm = setInterval(() => socket.write("HTTP/1.1 103 Early\r\nlink: a\r\n\r\n"), 10)
      socket.on("close", () => clearInterval(storm))
    })
    const answer = await sendRaw(hasty.port, rawRequest("/v1/chat/completions", { "x-sluice-key": hasty.key }, body))
    expect(answer.status).toBe(504)
    await hasty.stop()
  })

  it("meets its deadline though it drips, when it is no stream", async () => {
    const hasty = await startTestGateway({ upstream: upstream.url, timeouts: { totalMs: 300 } })
    upstream.handle((_request, socket) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n")
      const drip = setInterval(() => socket.write("1\r\n \r\n"), 10)
      socket.on("close", () => clearInterval(drip))
    })
    const answer = await sendRaw(hasty.port, rawRequest("/v1/chat/completions", { "x-sluice-key": hasty.key }, body))
    expect(answer.complete).toBe(false)
    await hasty.stop()
  })
})
