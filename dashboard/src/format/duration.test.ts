import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { formatDuration } from "./duration.ts"

describe("formatDuration", () => {
  it.each([
    [0, "0 ms"],
    [0.001, "<0.01 ms"],
    [0.42, "0.42 ms"],
    [1, "1 ms"],
    [9.999, "10 ms"],
    [812.4, "812 ms"],
    [999.6, "1.00 s"],
    [1240, "1.24 s"],
    [12_345, "12.3 s"],
    [59_990, "1 m 00 s"],
    [125_000, "2 m 05 s"],
    [3_600_000, "1 h 00 m"],
    [3_725_000, "1 h 02 m"],
  ])("shows %d ms as %s", (ms, shown) => {
    expect(formatDuration(ms)).toBe(shown)
  })

  it("never shows sixty of a smaller unit", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (ms) => {
        const text = formatDuration(ms)
        expect(text).not.toMatch(/\b60(\.0)? [sm]\b|\b1000 ms\b/)
        expect(text).toMatch(/^(<0\.01 ms|[\d.]+ ms|[\d.]+ s|\d+ m \d\d s|\d+ h \d\d m)$/)
      }),
    )
  })
})
