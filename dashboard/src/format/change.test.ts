import { describe, expect, it } from "vitest"
import { toChange, toPointsChange } from "./change.ts"
import { formatShare } from "./share.ts"

describe("a change", () => {
  it("is in percent, and a factor when it is large", () => {
    expect(toChange(112, 100)).toEqual({ direction: "up", text: "12 %" })
    expect(toChange(98.5, 100)).toEqual({ direction: "down", text: "1.5 %" })
    expect(toChange(0, 100)).toEqual({ direction: "down", text: "100 %" })
    expect(toChange(4400, 100)).toEqual({ direction: "up", text: "44 times" })
  })

  it("is none when too small to tell, and unknown from nothing", () => {
    expect(toChange(100.01, 100)).toEqual({ direction: "same", text: "same" })
    expect(toChange(0, 0)).toEqual({ direction: "same", text: "same" })
    expect(toChange(3, 0)).toBeNull()
  })

  it("of a share is in points", () => {
    expect(toPointsChange(0.051, 0.02)).toEqual({ direction: "up", text: "3.1 points" })
    expect(toPointsChange(0.2, 0.2)).toEqual({ direction: "same", text: "same" })
  })
})

describe("a share", () => {
  it("keeps the digits that tell, and is never 0 for more than nothing", () => {
    expect([0, 0.000001, 0.0004, 0.1234, 0.5, 0.9996, 1].map(formatShare)).toEqual([
      "0 %",
      "<0.01 %",
      "0.04 %",
      "12.3 %",
      "50 %",
      "100 %",
      "100 %",
    ])
  })
})
