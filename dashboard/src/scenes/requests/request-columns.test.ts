import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { cardsBelowPx, columnsFor, leastWidth, requestColumns } from "./request-columns.tsx"

describe("columnsFor", () => {
  it("shows every column beside the rail on a screen of 1280 pixels", () => {
    expect(columnsFor(1280 - 208)).toEqual(requestColumns)
  })

  it("never shows more than fits, as long as there is room for a table at all", () => {
    fc.assert(
      fc.property(fc.integer({ min: cardsBelowPx, max: 4000 }), (width) => {
        expect(leastWidth(columnsFor(width))).toBeLessThanOrEqual(width)
      }),
    )
  })

  it("keeps time, status, model, latency and cost at any width", () => {
    expect(columnsFor(0).map(({ id }) => id)).toEqual(["time", "status", "model", "latency", "cost"])
  })
})
