import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { averageOver, fitSlope, percentile, spread, summarise } from "./statistics.mjs"

const finite = fc.double({ min: -1e6, max: 1e6, noNaN: true })

describe("a percentile", () => {
  it("lies between neighbours", () => {
    expect(percentile([1, 2, 3, 4], 0.5)).toBe(2.5)
    expect(percentile([10, 20, 30], 0)).toBe(10)
    expect(percentile([10, 20, 30], 1)).toBe(30)
    expect(percentile([], 0.5)).toBeNull()
  })

  it("never leaves the values, and never falls as the share rises", () => {
    fc.assert(
      fc.property(fc.array(finite, { minLength: 1 }), fc.double({ min: 0, max: 1, noNaN: true }), (values, share) => {
        const sorted = values.toSorted((a, b) => a - b)
        const at = percentile(sorted, share) as number
        expect(at).toBeGreaterThanOrEqual(sorted[0] as number)
        expect(at).toBeLessThanOrEqual(sorted.at(-1) as number)
        expect(percentile(sorted, share / 2) as number).toBeLessThanOrEqual(at)
      }),
    )
  })

  it("counts what it summarises, in whatever order it came", () => {
    expect(summarise([3, 1, 2])).toMatchObject({ count: 3, p50: 2, max: 3 })
    expect(summarise([])).toEqual({ count: 0, p50: null, p99: null, p999: null, max: null })
  })
})

describe("the rounds of a measurement", () => {
  it("come to their median, least and greatest, without those that have no figure", () => {
    expect(spread([3, null, 1, 2, Number.NaN])).toEqual({ median: 2, min: 1, max: 3 })
    expect(spread([null])).toBeNull()
  })
})

describe("a slope", () => {
  it("is found exactly where there is no noise", () => {
    fc.assert(
      fc.property(fc.integer({ min: -50, max: 50 }), fc.integer({ min: -50, max: 50 }), (slope, start) => {
        const points = Array.from({ length: 12 }, (_, x) => [x, start + slope * x])
        const found = fitSlope(points)
        expect(found?.slope).toBeCloseTo(slope, 9)
        expect(found?.low).toBeCloseTo(slope, 6)
        expect(found?.high).toBeCloseTo(slope, 6)
      }),
    )
  })

  it("has an interval as computed by hand", () => {
    // By hand: squares of the residuals 0.107, of x 10, so the error is √(0.107 / 3 / 10) = 0.0597, and t(3) = 3.182.
    const found = fitSlope([
      [1, 2.1],
      [2, 3.9],
      [3, 6.2],
      [4, 7.8],
      [5, 10.1],
    ])
    expect(found?.slope).toBeCloseTo(1.99, 6)
    expect(found?.low).toBeCloseTo(1.79996, 3)
    expect(found?.high).toBeCloseTo(2.18004, 3)
  })

  it("is nothing of too few points, or of one moment", () => {
    expect(fitSlope([[0, 1]])).toBeNull()
    expect(fitSlope([0, 1, 2].map((y) => [5, y]))).toBeNull()
  })

  it("is the same of averaged points where they lie on a line", () => {
    const points = Array.from({ length: 60 }, (_, x) => [x * 10, 100 + x])
    expect(averageOver(points, 60)).toHaveLength(10)
    expect(fitSlope(averageOver(points, 60))?.slope).toBeCloseTo(0.1, 9)
  })
})
