import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { type Simulator, startSimulator } from "./simulator.ts"
import { exchangeRaw, openRaw, type RawRequest } from "./testing/raw-exchange.ts"

let simulator: Simulator

beforeAll(async () => {
  simulator = await startSimulator({ tokens: 20 })
})
afterAll(() => simulator.close())
beforeEach(() => simulator.reset())

const plainBody = { model: "gpt-4o", messages: [{ role: "user", content: "Hello" }] }
const streamBody = { ...plainBody, stream: true }

const send = (simulate: string, request: Partial<RawRequest> = {}) =>
  exchangeRaw({
    port: simulator.port,
    body: streamBody,
    ...request,
    headers: { "x-simulate": simulate, ...request.headers },
  })

const eventsIn = (text: string): number => text.match(/^data: /gm)?.length ?? 0

describe("a fault by status", () => {
  it("says when to come back in seconds, as a date and in milliseconds", async () => {
    const seconds = await send("fault=429,retry-after=2,x-ratelimit-remaining-tokens=0")
    expect(seconds.text).toMatch(/^HTTP\/1\.1 429 /)
    expect(seconds.text).toContain("retry-after: 2\r\n")
    expect(seconds.text).toContain("x-ratelimit-remaining-requests: 0\r\n")
    expect(seconds.text).toContain("x-ratelimit-remaining-tokens: 0\r\n")
    const date = /retry-after: (.+ GMT)\r\n/.exec((await send("fault=429,retry-after-date=60")).text)?.[1]
    expect(Date.parse(date ?? "")).toBeGreaterThan(Date.now() + 50_000)
    const milliseconds = await send("fault=429,retry-after-ms=1500")
    expect(milliseconds.text).toContain("retry-after-ms: 1500\r\n")
    expect(milliseconds.text).not.toContain("retry-after: ")
  })

  it.each([
    [400, "invalid_request_error"],
    [401, "authentication_error"],
    [500, "api_error"],
    [503, "api_error"],
    [529, "overloaded_error"],
  ])("answers %i in Anthropic's words", async (status, type) => {
    const answer = await send(`fault=${status}`, { path: "/v1/messages" })
    expect(answer.text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect(answer.text).toContain(`"type":"${type}"`)
  })
})

describe("a connection fault", () => {
  it("hangs without a byte until the caller leaves, and sees it leave", async () => {
    const socket = openRaw({ port: simulator.port, body: streamBody, headers: { "x-simulate": "hang" } })
    let bytes = 0
    socket.on("data", (part) => {
      bytes += part.length
    })
    await simulator.whenArrived(1)
    expect(simulator.stats.open).toBe(1)
    socket.destroy()
    const [request] = simulator.requests
    await request?.whenClosed()
    expect(request?.aborted).toBe(true)
    expect(bytes).toBe(0)
  })

  it("hangs after the events asked for", async () => {
    const socket = openRaw({ port: simulator.port, body: streamBody, headers: { "x-simulate": "hang-after=3" } })
    let text = ""
    await new Promise<void>((resolve) => {
      socket.on("data", (part) => {
        text += part.toString("utf8")
        if (eventsIn(text) === 3) resolve()
      })
    })
    socket.destroy()
    expect(text).not.toContain("[DONE]")
  })

  it("cuts a stream after the events asked for, without a clean end", async () => {
    const answer = await send("cut-after=4")
    expect(eventsIn(answer.text)).toBe(4)
    expect(answer.ending).toBe("closed")
    expect(answer.text).not.toContain("\r\n0\r\n\r\n")
    const half = await send("fault=cut")
    expect(eventsIn(half.text)).toBe(11)
    expect(eventsIn((await send("cut-after=0")).text)).toBe(0)
  })

  it("cuts a plain body half-way through its declared length", async () => {
    const answer = await send("fault=cut", { body: plainBody })
    const [head = "", body = ""] = answer.text.split("\r\n\r\n")
    const declared = Number(/content-length: (\d+)/.exec(head)?.[1])
    expect(Buffer.byteLength(body)).toBe(Math.floor(declared / 2))
  })

  it("resets the connection when asked to", async () => {
    expect((await send("fault=cut-before-headers,reset=1")).ending).toBe("reset")
  })

  it("cuts before a byte is sent", async () => {
    const answer = await send("fault=cut-before-headers")
    expect(answer).toMatchObject({ text: "", ending: "closed" })
  })

  it("answers with something that is not HTTP", async () => {
    const answer = await send("fault=not-http")
    expect(answer.bytes.length).toBeGreaterThan(0)
    expect(answer.text.startsWith("HTTP/")).toBe(false)
  })
})

describe("a content fault", () => {
  it("breaks the JSON of one event in the middle and finishes the stream", async () => {
    const answer = await send("fault=malformed-chunk")
    const data = [...answer.text.matchAll(/^data: (.+)$/gm)].map((match) => match[1] ?? "")
    const broken = data.filter((text) => text !== "[DONE]" && !isJson(text))
    expect(broken).toHaveLength(1)
    expect(data.at(-1)).toBe("[DONE]")
  })

  it("breaks the JSON of a plain body whose length is right", async () => {
    const answer = await send("fault=malformed-chunk", { body: plainBody })
    const [head = "", body = ""] = answer.text.split("\r\n\r\n")
    expect(isJson(body)).toBe(false)
    expect(Number(/content-length: (\d+)/.exec(head)?.[1])).toBe(Buffer.byteLength(body))
  })

  it("breaks the chunked framing", async () => {
    expect((await send("fault=malformed-framing")).text).toContain("\r\nthis is not a chunk size\r\n")
    const plain = await send("fault=malformed-framing", { body: plainBody })
    expect(plain.text).toMatch(/transfer-encoding: chunked/i)
  })

  it.each([
    ["/v1/chat/completions", { ...streamBody, stream_options: { include_usage: true } }, /usage|"input_tokens"/],
    ["/v1/chat/completions", plainBody, /usage/],
    ["/v1/responses", { model: "gpt-4o", input: "Hi" }, /"input_tokens"/],
    ["/v1/messages", { ...streamBody, max_tokens: 50 }, /usage/],
    ["/v1beta/models/gemini-2.5-pro:generateContent", { contents: [{ parts: [{ text: "Hi" }] }] }, /usageMetadata/],
  ])("leaves usage out of %s", async (path, body, pattern) => {
    const headers = { "x-goog-api-key": "any" }
    expect((await send("tokens=5", { path, body, headers })).text).toMatch(pattern)
    const without = await send("fault=missing-usage", { path, body, headers })
    expect(without.text).toMatch(/^HTTP\/1\.1 200 /)
    expect(without.text).not.toMatch(pattern)
  })

  it.each([
    ["/v1/chat/completions", streamBody, '"type":"server_error"'],
    ["/v1/responses", { model: "gpt-4o", input: "Hi", stream: true }, '"type":"error","code":"server_error"'],
    ["/v1/messages", { ...streamBody, max_tokens: 50 }, "overloaded_error"],
    ["/v1beta/models/gemini-2.0-flash:streamGenerateContent?alt=sse", { contents: [{ parts: [] }] }, "UNAVAILABLE"],
    ["/v1beta/models/gemini-2.0-flash:streamGenerateContent", { contents: [{ parts: [] }] }, "UNAVAILABLE"],
  ])("puts the error of %s inside a stream that began with 200", async (path, body, expected) => {
    const answer = await send("fault=error-event", { path, body, headers: { "x-goog-api-key": "any" } })
    expect(answer.text).toMatch(/^HTTP\/1\.1 200 /)
    expect(answer.text).toContain(expected)
    expect(answer.text).not.toContain("[DONE]")
  })

  it("redirects to where it was told", async () => {
    const answer = await send("fault=redirect,location=http%3A%2F%2F127.0.0.1%3A1%2Fv1")
    expect(answer.text).toMatch(/^HTTP\/1\.1 307 /)
    expect(answer.text).toContain("location: http://127.0.0.1:1/v1\r\n")
  })
})

describe("a knob", () => {
  it("makes one event of exactly the bytes asked for, in every dialect", async () => {
    for (const [path, body] of [
      ["/v1/chat/completions", streamBody],
      ["/v1/messages", { ...streamBody, max_tokens: 50 }],
      ["/v1beta/models/gemini-2.0-flash:streamGenerateContent?alt=sse", { contents: [{ parts: [{ text: "é" }] }] }],
    ] as const) {
      const url = `${simulator.url}${path}`
      const headers = {
        authorization: "Bearer a",
        "x-goog-api-key": "a",
        "anthropic-version": "1",
        "x-simulate": "event-bytes=90000",
      }
      const text = await (await fetch(url, { method: "POST", headers, body: JSON.stringify(body) })).text()
      const sizes = text.split(/(?<=\n\r?\n)/).map((event) => Buffer.byteLength(event))
      expect(sizes).toContain(90_000)
    }
  })

  it("makes a plain body of exactly the bytes asked for", async () => {
    const answer = await send("event-bytes=500000", { body: plainBody })
    expect(Buffer.byteLength(answer.text.split("\r\n\r\n")[1] ?? "")).toBe(500_000)
  })

  it("writes in pieces of the size asked for, through characters and events", async () => {
    const whole = await send("text=na%C3%AFve%20%E6%9D%B1%E4%BA%AC", { body: plainBody })
    const pieces = await send("text=na%C3%AFve%20%E6%9D%B1%E4%BA%AC,chunk=7", { body: plainBody })
    expect(pieces.bytes.equals(whole.bytes)).toBe(true)
    expect(pieces.reads.length).toBeGreaterThan(10)
    const chunked = await send("chunk=9")
    expect(new Set([...chunked.text.matchAll(/\r\n([0-9a-f]+)\r\n/g)].map((match) => match[1]))).toContain("9")
    expect(chunked.text).toContain("[DO")
  })

  it("says the text and counts the tokens it was given", async () => {
    const answer = await send("text=Hello%2C%20you,usage=input:7;output:3;cached:2;reasoning:1", { body: plainBody })
    const body: unknown = JSON.parse(answer.text.split("\r\n\r\n")[1] ?? "")
    expect(body).toMatchObject({
      choices: [{ message: { content: "Hello, you" } }],
      usage: {
        prompt_tokens: 7,
        completion_tokens: 3,
        prompt_tokens_details: { cached_tokens: 2 },
        completion_tokens_details: { reasoning_tokens: 1 },
      },
    })
  })
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
