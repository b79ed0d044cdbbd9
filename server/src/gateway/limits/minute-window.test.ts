import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { MinuteWindow } from "./minute-window.ts"

describe("a minute's window", () => {
  it("lets a unit come back between 60 and 60.25 seconds after it was taken", () => {
    const window = new MinuteWindow()
    window.take(5, 100)
    expect([100, 130].map((second) => window.held(second))).toEqual([5, 5])
    expect(window.secondsUntilBack(5, 130)).toBe(31)
    expect(window.returns(130)).toEqual([0, 0, 0, 5, 0, 0])
    expect(window.held(160.2)).toBe(5)
    expect(window.held(160.25)).toBe(0)
    window.take(5, 160.9)
    expect(window.held(220.99)).toBe(5)
    expect(window.held(221)).toBe(0)
  })

  it("turns a reservation into what was used, and gives back nothing twice", () => {
    const window = new MinuteWindow()
    window.take(300, 10)
    window.correct(-200, 10, 40)
    expect(window.held(40)).toBe(100)
    window.take(300, 40)
    expect(window.held(71)).toBe(300)
    window.correct(-300, 10, 80)
    expect(window.held(80)).toBe(300)
    window.correct(50, 10, 80)
    expect(window.held(80)).toBe(350)
  })

  it("holds what was taken in the last 240 quarters of a second and this one, whatever the order and the gaps", () => {
    const step = fc.record({ gap: fc.nat({ max: 360 }), units: fc.nat({ max: 100_000 }), returns: fc.boolean() })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const window = new MinuteWindow()
        const taken: { at: number; units: number }[] = []
        let second = 0
        for (const { gap, units, returns } of steps) {
          second += gap / 4
          window.take(units, second)
          const kept = returns ? 0 : units
          window.correct(kept - units, second, second)
          taken.push({ at: second, units: kept })
          const expected = taken.reduce((sum, { at, units: some }) => sum + (second - at <= 60 ? some : 0), 0)
          expect(window.held(second)).toBe(expected)
          expect(window.returns(second).reduce((sum, some) => sum + some, 0)).toBe(expected)
          expect(window.secondsUntilEmpty(second)).toBe(expected > 0 ? window.secondsUntilBack(expected, second) : 0)
          if (expected > 0) expect(window.secondsUntilBack(expected, second)).toBeLessThanOrEqual(61)
        }
      }),
    )
  })
})
