import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startTestGateway, type TestGateway } from "../testing/gateway.ts"
import { openRaw, type RawUpstream, soon, startRawUpstream } from "../testing/raw-http.ts"

/**
 * Two servers that disagree on where a request ends can be made to see one that was never authorised. Whatever could be read
 * in two ways must be refused, and nothing of it may reach a provider.
 */

let upstream: RawUpstream
let gateway: TestGateway

beforeAll(async () => {
  upstream = await startRawUpstream((_request, socket) => {
    socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}")
  })
  gateway = await startTestGateway({ upstream: upstream.url, maxBodyBytes: 100_000 })
})

afterAll(async () => {
  await gateway?.stop()
  await upstream?.close()
})

const body = '{"model":"gpt-4o","messages":[]}'
const chunked = `20\r\n${body}\r\n0\r\n\r\n`
/** A second request, hidden where a server with another idea of the first one's end would find it. */
const hidden = "POST /v1/chat/completions HTTP/1.1\r\nhost: g\r\nx-smuggled: yes\r\ncontent-length: 2\r\n\r\n{}"

const request = (headers: readonly string[], rest: string, line = "POST /v1/chat/completions HTTP/1.1"): string =>
  [line, "host: g", `x-sluice-key: ${gateway.key}`, ...headers, "", rest].join("\r\n")

/** Sends bytes and waits until the gateway has closed the connection; gives what it said and what the provider got. */
async function attack(bytes: string): Promise<{ readonly text: string; readonly reached: number }> {
  const before = upstream.bytesReceived()
  const client = await openRaw(gateway.port, Buffer.from(bytes, "latin1"))
  expect(await soon(() => client.isClosed())).toBe(true)
  client.socket.destroy()
  expect(await soon(() => gateway.inFlight() === 0)).toBe(true)
  return { text: client.text(), reached: upstream.bytesReceived() - before }
}

describe("a length that is no length", () => {
  it.each([
    ["negative", "-1"],
    ["with a plus", "+32"],
    ["hexadecimal", "0x20"],
    ["a fraction", "32.0"],
    ["an exponent", "3e1"],
    ["two in a list", "32, 32"],
    ["two that differ in a list", "32, 40"],
    ["empty", ""],
    ["too long for a number", "99999999999999999999999"],
    ["with a space inside", "3 2"],
    ["with letters behind", "32abc"],
  ])("is refused, and nothing reaches a provider: %s", async (_what, length) => {
    const { text, reached } = await attack(request([`content-length: ${length}`], body + hidden))
    expect(text === "" || /^HTTP\/1\.1 400 /.test(text)).toBe(true)
    expect(text.match(/HTTP\/1\.1 \d/g)?.length ?? 0).toBeLessThanOrEqual(1)
    expect(reached).toBe(0)
  })

  it.each([
    ["the same one twice", ["content-length: 32", "content-length: 32"]],
    ["two that differ", ["content-length: 32", "content-length: 2"]],
    ["two that differ in spelling", ["Content-Length: 32", "content-length: 032"]],
  ])("is refused when there are two: %s", async (_what, headers) => {
    const { text, reached } = await attack(request(headers, body + hidden))
    expect(text).toMatch(/^HTTP\/1\.1 400 /)
    expect(reached).toBe(0)
  })
})

describe("a transfer coding that could be read in two ways", () => {
  it.each([
    ["beside a length", ["content-length: 32", "transfer-encoding: chunked"]],
    ["before a length", ["transfer-encoding: chunked", "content-length: 4"]],
    ["spelled with a tab before the colon", ["transfer-encoding\t: chunked"]],
    ["spelled with a space before the colon", ["transfer-encoding : chunked"]],
    ["twice", ["transfer-encoding: chunked", "transfer-encoding: identity"]],
    ["chunked first", ["transfer-encoding: chunked, identity"]],
    ["unknown", ["transfer-encoding: xchunked"]],
    ["in quotes", ['transfer-encoding: "chunked"']],
    ["behind a vertical tab", ["transfer-encoding: \x0bchunked"]],
    ["folded", ["transfer-encoding:", " chunked"]],
    ["identity", ["transfer-encoding: identity", "content-length: 32"]],
  ])("is refused: %s", async (_what, headers) => {
    const { text, reached } = await attack(request(headers, chunked + hidden))
    expect(text).toMatch(/^HTTP\/1\.1 400 /)
    expect(reached).toBe(0)
  })

  it.each([
    ["a size that is no number", "zz\r\n"],
    ["a negative size", "-1\r\n"],
    ["a size too large for a number", "fffffffffffffffff\r\n"],
    ["a size with a prefix", `0x20\r\n${body}\r\n0\r\n\r\n`],
    ["a space before the size", ` 20\r\n${body}\r\n0\r\n\r\n`],
    ["a bare line feed after the size", `20\n${body}\r\n0\r\n\r\n`],
    ["a bare return after the size", `20\r${body}\r\n0\r\n\r\n`],
    ["a chunk longer than its size", `1f\r\n${body}\r\n0\r\n\r\n`],
    ["an extension with a line feed in it", `20;a="\n"\r\n${body}\r\n0\r\n\r\n`],
    ["extensions without end", `20;${"e".repeat(20_000)}\r\n${body}\r\n0\r\n\r\n`],
    ["a trailer with a bare line feed", `20\r\n${body}\r\n0\r\nx: y\n\r\n`],
  ])("is refused in the chunks: %s", async (_what, chunks) => {
    const { text, reached } = await attack(request(["transfer-encoding: chunked"], chunks + hidden))
    expect(text === "" || /^HTTP\/1\.1 4(00|13) /.test(text)).toBe(true)
    expect(text.match(/HTTP\/1\.1 \d/g)?.length ?? 0).toBeLessThanOrEqual(1)
    expect(reached).toBe(0)
  })

  it("does not carry what stands in a trailer", async () => {
    const head = ["POST /v1/chat/completions HTTP/1.1", "host: g", "transfer-encoding: chunked", "connection: close"]
    const chunks = `20\r\n${body}\r\n0\r\nx-sluice-key: ${gateway.key}\r\n\r\n`
    const { text, reached } = await attack([...head, "", chunks].join("\r\n"))
    expect(text).toMatch(/^HTTP\/1\.1 401 /)
    expect(reached).toBe(0)
  })
})

describe("a head that could be read in two ways", () => {
  it.each([
    ["a folded header", ["x-a: b", "  c", "content-length: 32"]],
    ["a bare line feed between headers", ["x-a: b\nx-b: c", "content-length: 32"]],
    ["a bare return in a value", ["x-a: b\rx-b: c", "content-length: 32"]],
    ["NUL in a value", ["x-a: b\x00c", "content-length: 32"]],
    ["NUL in a name", ["x\x00a: b", "content-length: 32"]],
    ["a name without a name", [": b", "content-length: 32"]],
    ["a line without a colon", ["nonsense", "content-length: 32"]],
    ["a space in a name", ["x a: b", "content-length: 32"]],
    ["a space before the first header", [" x-a: b", "content-length: 32"]],
    ["a second host", ["host: other", "connection: close", "content-length: 32"]],
    ["a control character in a value", ["x-a: \x01", "content-length: 32"]],
  ])("is refused: %s", async (_what, headers) => {
    const { text, reached } = await attack(request(headers, body + hidden))
    expect(text).toMatch(/^HTTP\/1\.1 400 /)
    expect(reached).toBe(0)
  })

  it.each([
    ["HTTP/0.9", "POST /v1/chat/completions"],
    ["HTTP/2.0", "POST /v1/chat/completions HTTP/2.0"],
    ["HTTP/1.2", "POST /v1/chat/completions HTTP/1.2"],
    ["no slash in the version", "POST /v1/chat/completions HTTP1.1"],
    ["two targets", "POST /v1/chat/completions /v1/models HTTP/1.1"],
    ["a tab", "POST\t/v1/chat/completions\tHTTP/1.1"],
    ["NUL in the target", "POST /v1/chat/completions\x00 HTTP/1.1"],
    ["an unknown method", "PAST /v1/chat/completions HTTP/1.1"],
    ["no target", "POST  HTTP/1.1"],
    ["chunks from HTTP/1.0", "POST /v1/chat/completions HTTP/1.0"],
    ["the preface of HTTP/2", "PRI * HTTP/2.0"],
  ])("is refused in its first line: %s", async (_what, line) => {
    const framing = line.endsWith("1.0") ? "transfer-encoding: chunked" : "content-length: 32"
    const { text, reached } = await attack(request([framing], framing.includes("32") ? body + hidden : chunked, line))
    expect(text === "" || /^HTTP\/1\.1 400 /.test(text)).toBe(true)
    expect(reached).toBe(0)
  })
})

describe("a target that is no route", () => {
  it.each([
    ["absolute", "http://api.openai.com/v1/chat/completions"],
    ["absolute, of another scheme", "file:///etc/passwd"],
    ["an authority", "gateway:443"],
    ["an asterisk", "*"],
    ["two slashes", "//v1/chat/completions"],
    ["a slash at the end", "/v1/chat/completions/"],
    ["encoded slashes", "/v1%2fchat%2fcompletions"],
    ["dot segments", "/v1/models/../chat/completions"],
    ["encoded dot segments", "/v1/x/%2e%2e/chat/completions"],
    ["NUL, encoded", "/v1/chat/completions%00"],
    ["another case", "/V1/Chat/Completions"],
    ["a fragment", "/v1/chat/completions#x"],
    ["a matrix parameter", "/v1/chat/completions;a=b"],
    ["a backslash", "\\v1\\chat\\completions"],
    ["a model that climbs", "/v1beta/models/..%2f..%2ffiles:generateContent"],
    ["a model with an encoded NUL", "/v1beta/models/a%00b:generateContent"],
    ["a model with a line break", "/v1beta/models/a%0d%0ax:generateContent"],
    ["a model with a question mark", "/v1beta/models/a%3fkey=b:generateContent"],
    ["very long", `/${"a".repeat(60_000)}`],
  ])("leads nowhere: %s", async (_what, target) => {
    const line = `POST ${target} HTTP/1.1`
    const { text, reached } = await attack(request(["connection: close", "content-length: 32"], body, line))
    expect(text).toMatch(/^HTTP\/1\.1 4(00|04) /)
    expect(text.length).toBeLessThan(2000)
    expect(reached).toBe(0)
  })

  it("is a 431 when the head with it is larger than 64 kB", async () => {
    const { text, reached } = await attack(request([], "", `POST /${"a".repeat(70_000)} HTTP/1.1`))
    expect(text).toMatch(/^HTTP\/1\.1 431 /)
    expect(reached).toBe(0)
  })
})

describe("what a client asks of the connection", () => {
  it("is not granted when it is another protocol, and the request is served as it is", async () => {
    const upgrades = [
      ["connection: upgrade, http2-settings, close", "upgrade: h2c", "http2-settings: AAMAAABkAAQCAAAAAAIAAAAA"],
      ["connection: upgrade, close", "upgrade: websocket", "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=="],
    ]
    for (const headers of upgrades) {
      const { text } = await attack(request([...headers, "content-length: 32"], body))
      expect(text).toMatch(/^HTTP\/1\.1 200 /)
      expect(upstream.requests.at(-1)?.head).not.toMatch(/upgrade|http2-settings|h2c/i)
    }
  })

  it("is no tunnel", async () => {
    const { text, reached } = await attack("CONNECT api.openai.com:443 HTTP/1.1\r\nhost: g\r\n\r\n")
    expect(text === "" || /^HTTP\/1\.1 4/.test(text)).toBe(true)
    expect(reached).toBe(0)
  })

  it("cannot take our headers, or the provider's key, off the request it belongs to", async () => {
    const names = "authorization, x-sluice-key, content-length, content-type, host"
    const { text } = await attack(request([`connection: close, ${names}`, "content-length: 32"], body))
    expect(text).toMatch(/^HTTP\/1\.1 200 /)
    expect(upstream.requests.at(-1)?.head).toContain("authorization: Bearer stored-openai-secret")
    expect(upstream.requests.at(-1)?.body.toString()).toBe(body)
  })

  it("gets the first answer and then the door when the second request on the connection is broken", async () => {
    const before = upstream.requests.length
    const { text } = await attack(request(["content-length: 32"], `${body}GET / HTTP/9.9\r\n\r\n`))
    // Nothing of ours may stand where the first answer is expected.
    expect(text === "" || /^HTTP\/1\.1 200 /.test(text)).toBe(true)
    expect(upstream.requests.length - before).toBeLessThanOrEqual(1)
  })

  it("does not lend its authority to the next request on the connection", async () => {
    const before = upstream.requests.length
    const second = "POST /v1/chat/completions HTTP/1.1\r\nhost: g\r\nconnection: close\r\ncontent-length: 32\r\n\r\n"
    const { text } = await attack(request(["content-length: 32"], body + second + body))
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 401"])
    expect(upstream.requests.length - before).toBe(1)
  })
})
