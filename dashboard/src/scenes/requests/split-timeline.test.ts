import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { splitTimeline } from "./split-timeline.ts"

describe("splitTimeline", () => {
  it("names the parts of a streamed answer", () => {
    const times = { latency_ms: 1000, gateway_ms: 1, time_to_first_byte_ms: 200, time_to_first_token_ms: 300 }
    expect(splitTimeline(times).map(({ title, ms }) => [title, ms])).toEqual([
      ["In the gateway", 1],
      ["Until the first token", 299],
      ["Until the end", 700],
    ])
  })

  it("shows no part of a request that was refused at once", () => {
    const times = { latency_ms: 0.3, gateway_ms: null, time_to_first_byte_ms: null, time_to_first_token_ms: null }
    expect(splitTimeline(times)).toEqual([])
  })

  it("adds up to the whole, with no part below zero, whatever the clocks said", () => {
    const ms = fc.double({ min: 0, max: 1e6, noNaN: true })
    const maybe = fc.option(ms)
    const times = fc.record({
      latency_ms: ms,
      gateway_ms: maybe,
      time_to_first_byte_ms: maybe,
      time_to_first_token_ms: maybe,
    })
    fc.assert(
      fc.property(times, (given) => {
        const parts = splitTimeline(given)
        for (const part of parts) expect(part.ms).toBeGreaterThanOrEqual(0)
        const sum = parts.reduce((total, part) => total + part.ms, 0)
        if (parts.length > 0) expect(sum).toBeCloseTo(given.latency_ms, 3)
      }),
    )
  })
})
