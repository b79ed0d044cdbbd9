import { brotliDecompressSync, createGunzip, gunzipSync, inflateSync } from "node:zlib"
import { afterEach, describe, expect, it } from "vitest"
import { type Simulator, type SimulatorOptions, startSimulator } from "./simulator.ts"
import { ManualTimers } from "./testing/manual-timers.ts"
import { exchangeRaw, openRaw, type RawAnswer } from "./testing/raw-exchange.ts"

const running: Simulator[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((simulator) => simulator.close()))
})

async function start(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator(options)
  running.push(simulator)
  return simulator
}

const body = { model: "gpt-4o", messages: [{ role: "user", content: "Hello" }] }
const stream = { ...body, stream: true }
const bodyOf = (answer: RawAnswer): Buffer => answer.bytes.subarray(answer.bytes.indexOf("\r\n\r\n") + 4)
const post = (simulator: Simulator, path: string, value: unknown) =>
  fetch(`${simulator.url}${path}`, { method: "POST", body: JSON.stringify(value) })

describe("the simulator", () => {
  it("answers the same request with the same bytes, head included, and another seed with others", async () => {
    const [first, second, other] = await Promise.all([
      start({ seed: "a", tokens: { median: 30, p95: 90 } }),
      start({ seed: "a", tokens: { median: 30, p95: 90 } }),
      start({ seed: "b", tokens: { median: 30, p95: 90 } }),
    ])
    for (const request of [body, stream, { ...stream, tools: [{ type: "function", function: { name: "f" } }] }]) {
      const answers = await Promise.all(
        [first, first, second, other].map(({ port }) => exchangeRaw({ port, body: request })),
      )
      expect(answers[1]?.bytes.equals(answers[0]!.bytes)).toBe(true)
      expect(answers[2]?.bytes.equals(answers[0]!.bytes)).toBe(true)
      expect(answers[3]?.bytes.equals(answers[0]!.bytes)).toBe(false)
    }
    const different = await exchangeRaw({ port: first.port, body: { ...body, temperature: 0 } })
    expect(different.bytes.equals((await exchangeRaw({ port: first.port, body })).bytes)).toBe(false)
  })

  it("keeps the exact bytes and headers it was sent", async () => {
    const simulator = await start()
    const odd = '{ "model":"gpt-4o" ,\n"messages":[{"role":"user","content":"caf\\u00e9 é"}] }'
    await exchangeRaw({
      port: simulator.port,
      body: odd,
      headers: { "X-Odd-Case": "1" },
      path: "/v1/chat/completions?x=1",
    })
    const [request] = simulator.requests
    expect(request?.body.toString("utf8")).toBe(odd)
    expect(request?.rawHeaders).toContain("X-Odd-Case")
    expect(request?.header("x-odd-case")).toBe("1")
    expect(request).toMatchObject({ ordinal: 1, method: "POST", path: "/v1/chat/completions?x=1", complete: true })
    await request?.whenClosed()
    expect(request?.aborted).toBe(false)
  })

  it("keeps no more requests than it was told to, the newest", async () => {
    const simulator = await start({ keepRequests: 2 })
    for (let i = 0; i < 3; i += 1) await exchangeRaw({ port: simulator.port, body })
    expect(simulator.requests.map((request) => request.ordinal)).toEqual([2, 3])
  })

  it("counts, resets and stands under a fault by its own routes", async () => {
    const simulator = await start()
    expect(await (await fetch(`${simulator.url}/healthz`)).json()).toEqual({ ok: true })
    expect((await post(simulator, "/simulator/faults", { fault: "fault=429,retry-after=9" })).status).toBe(200)
    expect((await exchangeRaw({ port: simulator.port, body })).text).toContain("retry-after: 9\r\n")
    const own = await exchangeRaw({ port: simulator.port, body, headers: { "x-simulate": "tokens=1" } })
    expect(own.text).toMatch(/^HTTP\/1\.1 200 /)
    const stats: unknown = await (await fetch(`${simulator.url}/simulator/stats`)).json()
    expect(stats).toMatchObject({ received: 2, by_status: { 200: 1, 429: 1 }, by_fault: { 429: 1 } })
    expect((await post(simulator, "/simulator/faults", { fault: "nothing-known" })).status).toBe(400)
    expect((await post(simulator, "/simulator/faults", {})).status).toBe(400)
    expect((await post(simulator, "/simulator/reset", {})).status).toBe(200)
    expect(simulator.stats).toMatchObject({ received: 0, standing_fault: null })
    expect((await fetch(`${simulator.url}/simulator/other`)).status).toBe(404)
  })

  it("draws the share of a standing fault from the seed", async () => {
    const statuses = async (simulator: Simulator): Promise<readonly boolean[]> => {
      simulator.setFault({ fault: "503", share: 0.5 })
      const answers: boolean[] = []
      for (let i = 0; i < 30; i += 1) {
        answers.push((await exchangeRaw({ port: simulator.port, body })).text.startsWith("HTTP/1.1 503"))
      }
      return answers
    }
    const [left, right] = [await statuses(await start({ seed: "s" })), await statuses(await start({ seed: "s" }))]
    expect(left).toEqual(right)
    expect(left.filter(Boolean).length).toBeGreaterThan(5)
    expect(left.filter(Boolean).length).toBeLessThan(25)
  })

  it("follows its schedule", async () => {
    const timers = new ManualTimers()
    const schedule = [{ fromMs: 1000, toMs: 2000, fault: "500", share: 1 }]
    const simulator = await start({ timers, schedule })
    const status = async () => (await exchangeRaw({ port: simulator.port, body })).text.slice(9, 12)
    expect(await status()).toBe("200")
    timers.advance(1000)
    expect(await status()).toBe("500")
    timers.advance(1000)
    expect(await status()).toBe("200")
  })

  it("refuses a request without a key, or with one in another provider's header", async () => {
    const { port } = await start()
    expect((await exchangeRaw({ port, body, headers: { authorization: "" } })).text).toMatch(/^HTTP\/1\.1 401 /)
    const wrong = { authorization: "", "x-api-key": "any" }
    expect((await exchangeRaw({ port, body, headers: wrong })).text).toContain("You didn't provide an API key")
    const path = "/v1beta/models/gemini-2.0-flash:generateContent"
    expect((await exchangeRaw({ port, body: {}, path })).text).toContain("UNAUTHENTICATED")
  })

  it("explains what it cannot read or find", async () => {
    const { port } = await start()
    expect((await exchangeRaw({ port, body: "{ not json" })).text).toContain("could not parse the JSON body")
    expect((await exchangeRaw({ port, body: "[1]" })).text).toContain("expected an object")
    expect((await exchangeRaw({ port, body, path: "/v1/nowhere" })).text).toContain("Invalid URL (POST /v1/nowhere)")
    const headers = { "x-simulate": "tokens=many" }
    expect((await exchangeRaw({ port, body, headers })).text).toContain("x-simulate tokens is a whole number")
  })
})

describe("the simulator's pace", () => {
  it("sends the head at once, the first event at its time and the others at theirs", async () => {
    const timers = new ManualTimers()
    const simulator = await start({ timers, ttftMs: 300, interTokenMs: 20, tokens: 3 })
    const socket = openRaw({ port: simulator.port, body: stream })
    const text: string[] = []
    const next = () => new Promise<void>((resolve) => socket.once("data", () => resolve()))
    socket.on("data", (part) => text.push(part.toString("utf8")))
    await next()
    expect(text.join("")).not.toContain("data: ")
    for (const [ms, events] of [
      [300, 1],
      [20, 2],
      [20, 3],
    ] as const) {
      await timers.whenPending()
      const arrival = next()
      timers.advance(ms - 1)
      expect(timers.pending).toBe(1)
      timers.advance(1)
      await arrival
      expect(text.join("").match(/^data: /gm)).toHaveLength(events)
    }
    socket.destroy()
    await simulator.requests[0]?.whenClosed()
    expect(timers.pending).toBe(0)
  })

  it("sends a plain answer when its last token would have come", async () => {
    const timers = new ManualTimers()
    const simulator = await start({ timers })
    const headers = { "x-simulate": "tokens=10,ttft-ms=100,inter-token-ms=5" }
    const answer = exchangeRaw({ port: simulator.port, body, headers })
    await timers.whenPending()
    timers.advance(149)
    expect(timers.pending).toBe(1)
    timers.advance(1)
    expect((await answer).text).toMatch(/^HTTP\/1\.1 200 /)
  })

  it("holds back even the head for a slow first byte", async () => {
    const timers = new ManualTimers()
    const simulator = await start({ timers })
    const answer = exchangeRaw({
      port: simulator.port,
      body: stream,
      headers: { "x-simulate": "slow-first-byte,ms=700" },
    })
    await timers.whenPending()
    timers.advance(699)
    expect(simulator.stats.answered).toBe(0)
    timers.advance(1)
    expect((await answer).text).toContain("[DONE]")
  })
})

describe("the simulator's compression", () => {
  const coded = { "accept-encoding": "gzip, br;q=0.5, deflate", connection: "close" }

  it("compresses plain answers in the coding asked for, by header, query or option", async () => {
    const simulator = await start()
    const original = bodyOf(await exchangeRaw({ port: simulator.port, body }))
    const { port } = simulator
    const gzip = await exchangeRaw({ port, body, headers: { ...coded, "x-simulate-encoding": "gzip" } })
    expect(gunzipSync(bodyOf(gzip)).equals(original)).toBe(true)
    const deflate = await exchangeRaw({ port, body, headers: { ...coded, "x-simulate-encoding": "deflate" } })
    expect(inflateSync(bodyOf(deflate)).equals(original)).toBe(true)
    const brotli = await exchangeRaw({
      port,
      body,
      headers: coded,
      path: "/v1/chat/completions?x-simulate-encoding=br",
    })
    expect(brotliDecompressSync(bodyOf(brotli)).equals(original)).toBe(true)
    const always = await start({ compress: "gzip" })
    expect((await exchangeRaw({ port: always.port, body, headers: coded })).text).toContain("content-encoding: gzip")
  })

  it("sends plain text to a client that does not accept the coding", async () => {
    const { port } = await start({ compress: "gzip" })
    const refused = { "accept-encoding": "gzip;q=0, deflate" }
    for (const headers of [{}, refused]) {
      expect((await exchangeRaw({ port, body, headers })).text).not.toContain("content-encoding")
    }
  })

  it("flushes every event of a compressed stream", async () => {
    const simulator = await start({ tokens: 5 })
    const response = await fetch(`${simulator.url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: "Bearer any", "x-simulate-encoding": "gzip", "x-simulate": "hang-after=3" },
      body: JSON.stringify(stream),
    })
    expect(response.headers.get("content-encoding")).toBe("gzip")
    const reader = response.body!.getReader()
    const decoder = new TextDecoder()
    let text = ""
    while ((text.match(/^data: /gm)?.length ?? 0) < 3) text += decoder.decode((await reader.read()).value)
    expect(text.endsWith("\n\n")).toBe(true)
    await reader.cancel()
  })

  it("ends a compressed stream as a decoder expects", async () => {
    const { port } = await start({ compress: "gzip" })
    const whole = await exchangeRaw({ port, body: stream, headers: coded })
    expect(await inflateChunked(bodyOf(whole))).toContain("[DONE]")
  })
})

async function inflateChunked(bytes: Buffer): Promise<string> {
  const gunzip = createGunzip()
  let at = 0
  while (at < bytes.length) {
    const lineEnd = bytes.indexOf("\r\n", at)
    const size = Number.parseInt(bytes.toString("latin1", at, lineEnd), 16)
    if (size === 0) break
    gunzip.write(bytes.subarray(lineEnd + 2, lineEnd + 2 + size))
    at = lineEnd + 2 + size + 2
  }
  gunzip.end()
  let text = ""
  for await (const part of gunzip) text += String(part)
  return text
}
