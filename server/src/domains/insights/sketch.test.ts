import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { relativeAccuracy, Sketch } from "./sketch.ts"

const quantiles = [0, 0.5, 0.95, 0.99, 1]
const durations = fc.array(fc.double({ min: 0.001, max: 3_600_000, noNaN: true }), { minLength: 1, maxLength: 400 })

function sketchOf(values: readonly number[]): Sketch {
  const sketch = new Sketch()
  for (const value of values) sketch.add(value)
  return sketch
}

describe("a sketch of durations", () => {
  it("gives the value at rank ⌊1 + q(n − 1)⌋ within one percent", () => {
    fc.assert(
      fc.property(durations, (values) => {
        const sorted = [...values].sort((a, b) => a - b)
        sketchOf(values)
          .quantiles(quantiles)
          .forEach((found, index) => {
            const exact = sorted[Math.floor((quantiles[index] ?? 0) * (sorted.length - 1))] ?? 0
            expect(Math.abs((found ?? 0) - exact)).toBeLessThanOrEqual(exact * relativeAccuracy * (1 + 1e-9))
          })
      }),
    )
  })

  it("is the same whether its values came at once or in parts, in any order", () => {
    fc.assert(
      fc.property(fc.array(durations, { maxLength: 6 }), (parts) => {
        const bins = parts.map((part) => sketchOf(part).toBins())
        const whole = sketchOf(parts.flat()).toBins()
        expect(Sketch.of(...bins).toBins()).toEqual(whole)
        expect(Sketch.of(...bins.reverse()).toBins()).toEqual(whole)
      }),
    )
  })

  it("holds what took no time, and nothing at all", () => {
    expect(sketchOf([0, 0, 8]).quantiles([0, 0.5])).toEqual([0, 0])
    expect(new Sketch().quantiles([0.5])).toEqual([null])
  })
})
