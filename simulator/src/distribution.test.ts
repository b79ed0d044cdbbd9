import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { parseDistribution, sample } from "./distribution.ts"
import { createRandom } from "./random.ts"

describe("a distribution", () => {
  it("reads a number, or a median and a 95th percentile", () => {
    expect(parseDistribution("40")).toBe(40)
    expect(parseDistribution("120..600")).toEqual({ median: 120, p95: 600 })
  })

  it.each(["", "fast", "-1", "9..3", "0..5", "1..2..3"])("explains why %j is none", (text) => {
    expect(() => parseDistribution(text)).toThrow(RangeError)
  })

  it("has the median and the 95th percentile it was given", () => {
    const random = createRandom("distribution")
    const draws = Array.from({ length: 20_000 }, () => sample({ median: 100, p95: 400 }, random)).sort((a, b) => a - b)
    expect(draws[10_000]).toBeGreaterThan(95)
    expect(draws[10_000]).toBeLessThan(105)
    expect(draws[19_000]).toBeGreaterThan(370)
    expect(draws[19_000]).toBeLessThan(430)
  })

  it("repeats itself for the same seed", () => {
    fc.assert(
      fc.property(fc.string(), (seed) => {
        const draw = () => sample({ median: 50, p95: 90 }, createRandom(seed))
        const first = draw()
        return first === draw()
      }),
    )
  })
})
