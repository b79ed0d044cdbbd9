import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { moveRow } from "./request-grid-keys.ts"

describe("moveRow", () => {
  it("begins at the first row from nowhere", () => {
    expect(moveRow("ArrowDown", -1, 10)).toBe(0)
    expect(moveRow("ArrowUp", -1, 10)).toBe(0)
    expect(moveRow("End", -1, 10)).toBe(9)
  })

  it("leaves other keys alone", () => {
    expect(moveRow("a", 3, 10)).toBeNull()
    expect(moveRow("toString", 3, 10)).toBeNull()
  })

  it("always lands on a row", () => {
    const key = fc.constantFrom("ArrowDown", "ArrowUp", "PageDown", "PageUp", "Home", "End")
    fc.assert(
      fc.property(key, fc.integer({ min: 1, max: 500 }), fc.nat(), (pressed, count, seed) => {
        const landed = moveRow(pressed, seed % count, count)
        expect(landed).toBeGreaterThanOrEqual(0)
        expect(landed).toBeLessThan(count)
      }),
    )
  })
})
