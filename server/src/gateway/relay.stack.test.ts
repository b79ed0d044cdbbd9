import { connect } from "node:net"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { startTestGateway, type TestGateway } from "../testing/gateway.ts"
import { headerOf, type RawUpstream, rawRequest, sendRaw, startRawUpstream } from "../testing/raw-http.ts"

let upstream: RawUpstream
let gateway: TestGateway

beforeAll(async () => {
  upstream = await startRawUpstream()
  gateway = await startTestGateway({ upstream: upstream.url })
})

/** Each test's requests are called by its number. */
let id = 0

beforeEach(() => {
  id += 1
})

const recorded = (from: TestGateway = gateway) => from.recordOf(`relay-${id}`)

afterAll(async () => {
  await gateway?.stop()
  await upstream?.close()
})

const chat = (headers: Record<string, string> = {}): Buffer =>
  rawRequest(
    "/v1/chat/completions",
    { "x-sluice-key": gateway.key, "x-sluice-request-id": `relay-${id}`, ...headers },
    '{"model":"gpt-4o","stream":true,"messages":[]}',
  )
const streamHead = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
const token = (text: string): string => `data: {"choices":[{"index":0,"delta":{"content":"${text}"}}]}\n\n`

describe("a relayed stream", () => {
  /** Delays of 40 events sent 25 ms apart, shortest first, and whether the head came before the first of them. */
  async function relayEvents(): Promise<{ readonly delays: readonly number[]; readonly headFirst: boolean }> {
    const written: number[] = []
    const arrived: number[] = []
    upstream.handle((_request, socket) => {
      socket.write(streamHead)
      let left = 40
      const timer = setInterval(() => {
        written.push(performance.now())
        socket.write(chunk(token("word")))
        left -= 1
        if (left > 0) return
        clearInterval(timer)
        socket.write("0\r\n\r\n")
      }, 25)
    })
    let headFirst = false
    await sendRaw(gateway.port, chat(), (data) => {
      const events = data.toString().split("data: ").length - 1
      if (events === 0 && arrived.length === 0) headFirst = true
      for (let i = 0; i < events; i += 1) arrived.push(performance.now())
    })
    expect(arrived).toHaveLength(40)
    return { delays: arrived.map((at, i) => at - (written[i] ?? 0)).sort((a, b) => a - b), headFirst }
  }

  it("hands on each event within 5 ms of its arrival, and the head before the first of them", async () => {
    // A busy machine delays one round or another; a gateway that buffers delays every one.
    let p99 = Number.POSITIVE_INFINITY
    for (let round = 0; round < 3 && p99 >= 5; round += 1) {
      const { delays, headFirst } = await relayEvents()
      expect(headFirst).toBe(true)
      p99 = delays[Math.floor(0.99 * (delays.length - 1))] ?? Number.POSITIVE_INFINITY
    }
    expect(p99).toBeLessThan(5)
    const record = await recorded()
    expect(record.time_to_first_token_ms).toBeGreaterThan(20)
    expect(record.inter_token_p50_ms).toBeGreaterThan(15)
  })

  it("closes the provider's connection within 100 ms when the client leaves", async () => {
    upstream.handle((_request, socket) => {
      socket.write(streamHead)
      const timer = setInterval(() => socket.write(chunk(token("on"))), 10)
      socket.on("close", () => clearInterval(timer))
    })
    const before = new Set(upstream.open)
    const closed = new Promise<number>((resolve) => {
      let left = 0
      void sendRaw(gateway.port, chat(), (data, client) => {
        if (!data.includes("data:") || left > 0) return
        left = performance.now()
        for (const socket of upstream.open) {
          if (!before.has(socket) || before.size === upstream.open.size)
            socket.on("close", () => resolve(performance.now() - left))
        }
        client.destroy()
      })
    })
    expect(await closed).toBeLessThan(100)
    expect(await recorded()).toMatchObject({
      status: 499,
      error_category: "client_cancelled",
      error_source: "client",
    })
  })

  it("closes the provider's connection when the client leaves before the answer began", async () => {
    const called = new Promise<void>((resolve) => upstream.handle(() => resolve()))
    const client = connect(gateway.port, "127.0.0.1")
    client.on("error", () => undefined)
    client.write(chat())
    await called
    const closed = Promise.all(
      [...upstream.open].map((socket) => new Promise((resolve) => socket.on("close", resolve))),
    )
    client.destroy()
    await closed
    expect(await recorded()).toMatchObject({ status: 499, attempts: 1, usage_source: "none" })
  })

  it("ends with an error event and a broken connection when the provider's is cut between events", async () => {
    upstream.handle((_request, socket) => {
      socket.write(streamHead)
      socket.write(chunk(token("half")), () => setTimeout(() => socket.destroy(), 20))
    })
    const answer = await sendRaw(gateway.port, chat())
    expect(answer.complete).toBe(false)
    const events = answer.body.toString().split("\n\n").filter(Boolean)
    expect(events).toHaveLength(2)
    expect(JSON.parse(events[1]?.slice(6) ?? "")).toMatchObject({ error: { code: "provider_protocol_error" } })
    expect(await recorded()).toMatchObject({
      status: 200,
      error_code: "provider_protocol_error",
      error_source: "provider",
      quality: ["upstream_cut"],
    })
  })

  it("just breaks when the provider's connection is cut inside an event", async () => {
    upstream.handle((_request, socket) => {
      socket.write(streamHead)
      socket.write(chunk('data: {"choices":[{"del'), () => setTimeout(() => socket.destroy(), 20))
    })
    const answer = await sendRaw(gateway.port, chat())
    expect(answer.complete).toBe(false)
    expect(answer.body.toString()).toBe('data: {"choices":[{"del')
    expect((await recorded()).quality).toContain("upstream_cut")
  })

  it("breaks when an answer with a length stops short of it", async () => {
    upstream.handle((_request, socket) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{", () => {
        setTimeout(() => socket.destroy(), 20)
      })
    })
    const answer = await sendRaw(gateway.port, chat())
    expect(answer.complete).toBe(false)
    expect((await recorded()).error_code).toBe("provider_protocol_error")
  })

  it("holds the provider back while the client does not read, and keeps its memory flat", async () => {
    const piece = Buffer.from(chunk(token("x".repeat(64 * 1024))))
    let sent = 0
    let finished = false
    upstream.handle((_request, socket) => {
      socket.write(streamHead)
      const push = (): void => {
        while (sent < 64 * 1024 * 1024) {
          sent += piece.length
          if (!socket.write(piece)) {
            socket.once("drain", push)
            return
          }
        }
        finished = true
        socket.write("0\r\n\r\n")
      }
      push()
    })
    const client = connect(gateway.port, "127.0.0.1")
    client.write(chat())
    await new Promise((resolve) => client.once("readable", resolve))
    const before = process.memoryUsage().rss
    await new Promise((resolve) => setTimeout(resolve, 1500))
    expect(finished).toBe(false)
    expect(sent).toBeLessThan(32 * 1024 * 1024)
    expect(process.memoryUsage().rss - before).toBeLessThan(32 * 1024 * 1024)
    client.resume()
    await new Promise((resolve) => {
      client.on("data", (data: Buffer) => data.includes("0\r\n\r\n") && finished && resolve(null))
    })
    client.destroy()
    expect(await recorded()).toMatchObject({ status: 200 })
  })
})

describe("a provider that cannot answer", () => {
  it("is a 502 when nobody listens", async () => {
    const nowhere = await startTestGateway({ upstream: "http://127.0.0.1:1" })
    const answer = await sendRaw(
      nowhere.port,
      rawRequest(
        "/v1/chat/completions",
        { "x-sluice-key": nowhere.key, "x-sluice-request-id": `relay-${id}` },
        '{"model":"gpt-4o"}',
      ),
    )
    expect(answer.status).toBe(502)
    expect(headerOf(answer.headers, "x-sluice-error")).toBe("provider_unreachable")
    expect(await recorded(nowhere)).toMatchObject({
      status: 502,
      error_category: "network",
      error_source: "provider",
    })
    await nowhere.stop()
  })

  it("is a 502 when what it says is not HTTP, and when it redirects", async () => {
    upstream.handle((_request, socket) => void socket.end("SSH-2.0-OpenSSH_9.2\r\n"))
    expect(headerOf((await sendRaw(gateway.port, chat())).headers, "x-sluice-error")).toBe("provider_protocol_error")
    upstream.handle((_request, socket) => {
      socket.write("HTTP/1.1 307 Temporary Redirect\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n")
    })
    const redirected = await sendRaw(gateway.port, chat())
    expect(redirected.status).toBe(502)
    expect(headerOf(redirected.headers, "location")).toBeNull()
  })

  it("is a 504 when it says nothing in time", async () => {
    const impatient = await startTestGateway({
      upstream: upstream.url,
      timeouts: { connectMs: 50, firstByteMs: 100, idleMs: 100, totalMs: 1000, requestMs: 1000 },
    })
    upstream.handle(() => undefined)
    const answer = await sendRaw(
      impatient.port,
      rawRequest(
        "/v1/chat/completions",
        { "x-sluice-key": impatient.key, "x-sluice-request-id": `relay-${id}` },
        '{"model":"gpt-4o"}',
      ),
    )
    expect(answer.status).toBe(504)
    expect(await recorded(impatient)).toMatchObject({
      status: 504,
      error_code: "provider_timeout",
      error_category: "timeout",
    })
    upstream.handle((_request, socket) => void socket.write(streamHead + chunk(token("then silence"))))
    const stalled = await sendRaw(
      impatient.port,
      rawRequest(
        "/v1/chat/completions",
        { "x-sluice-key": impatient.key, "x-sluice-request-id": `relay-${id}` },
        '{"model":"gpt-4o","stream":true}',
      ),
    )
    expect(stalled.complete).toBe(false)
    expect(stalled.body.toString()).toContain("provider_timeout")
    await impatient.stop()
  })

  it("hands on its own error, and the record says what kind it was", async () => {
    const body =
      '{"error":{"message":"Rate limit reached","type":"requests","param":null,"code":"rate_limit_exceeded"}}'
    upstream.handle((_request, socket) => {
      socket.write(
        `HTTP/1.1 429 Too Many Requests\r\nretry-after: 3\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      )
    })
    const answer = await sendRaw(gateway.port, chat())
    expect(answer.status).toBe(429)
    expect(answer.body.toString()).toBe(body)
    expect(headerOf(answer.headers, "retry-after")).toBe("3")
    expect(await recorded()).toMatchObject({
      status: 429,
      error_code: "rate_limit_exceeded",
      error_category: "rate_limit",
      error_source: "provider",
    })
  })
})
