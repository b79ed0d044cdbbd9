import { afterEach, describe, expect, it } from "vitest"
import { createDemoRequest, runDemoTraffic } from "./demo-traffic.ts"
import { createRandom } from "./random.ts"
import { type Simulator, startSimulator } from "./simulator.ts"
import { ManualTimers } from "./testing/manual-timers.ts"

let simulator: Simulator | null = null
afterEach(async () => {
  await simulator?.close()
  simulator = null
})

/** Puts a provider's key beside ours, as the gateway would. */
const withProviderKey: typeof fetch = (input, init) =>
  fetch(input, {
    ...init,
    headers: { ...(init?.headers as Record<string, string>), authorization: "Bearer any", "x-goog-api-key": "any" },
  })

describe("live demo traffic", () => {
  it("sends requests that every provider understands, tagged, until it is told to stop", async () => {
    simulator = await startSimulator({})
    const timers = new ManualTimers()
    const stop = new AbortController()
    const running = runDemoTraffic({
      gatewayUrl: simulator.url,
      key: "slk_demo",
      signal: stop.signal,
      timers,
      fetch: withProviderKey,
    })
    for (let count = 1; count <= 40; count += 1) {
      await simulator.whenArrived(count)
      await simulator.requests.at(-1)?.whenClosed()
      await timers.whenPending()
      timers.advance(60_000)
    }
    await simulator.whenArrived(41)
    await simulator.requests.at(-1)?.whenClosed()
    stop.abort()
    const summary = await running
    expect(summary.sent).toBe(41)
    const faults = Object.values(simulator.stats.by_fault).reduce((sum, count) => sum + count, 0)
    expect(summary.failed).toBe(faults)
    expect(simulator.stats.by_status["400"]).toBeUndefined()
    const paths = new Set(simulator.requests.map((request) => request.path.split(/[:?]/)[0]))
    expect([...paths]).toEqual(expect.arrayContaining(["/v1/messages", "/v1/chat/completions", "/v1/embeddings"]))
    for (const request of simulator.requests) {
      expect(request.header("x-sluice-key")).toBe("slk_demo")
      expect(request.header("x-sluice-metadata")).toBe('{"demo":true}')
    }
    expect(simulator.requests.some((request) => request.header("x-sluice-feature") === "support-chat")).toBe(true)
  })

  it("counts a gateway that cannot be reached as a failure and goes on", async () => {
    const timers = new ManualTimers()
    const stop = new AbortController()
    let calls = 0
    const running = runDemoTraffic({
      gatewayUrl: "http://127.0.0.1:1",
      key: "slk_demo",
      signal: stop.signal,
      timers,
      fetch: () => {
        calls += 1
        return Promise.reject(new TypeError("fetch failed"))
      },
    })
    await timers.whenPending()
    timers.advance(600_000)
    await timers.whenPending()
    stop.abort()
    expect(await running).toEqual({ sent: calls, failed: calls })
    expect(calls).toBe(2)
  })

  it("makes the same requests for the same seed", () => {
    expect(createDemoRequest(createRandom("a"))).toEqual(createDemoRequest(createRandom("a")))
  })
})
