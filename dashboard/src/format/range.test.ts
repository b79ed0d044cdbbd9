import { describe, expect, it } from "vitest"
import { describeRange } from "./range.ts"

describe("a range", () => {
  it("names its day once when it is of one", () => {
    expect(describeRange("2026-11-20T14:00:00Z", "2026-11-20T16:30:00Z", "UTC")).toBe("20 Nov, 14:00–16:30")
    expect(describeRange("2026-11-20T14:00:00Z", "2026-11-21T02:00:00Z", "UTC")).toBe("20 Nov, 14:00 – 21 Nov, 02:00")
  })
})
