import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { formatBytes, formatCount, formatQuantity } from "./count.ts"

describe("formatCount", () => {
  it("groups thousands and loses no digit", () => {
    fc.assert(
      fc.property(fc.nat(), (count) => {
        expect(Number(formatCount(count).replaceAll(",", ""))).toBe(count)
      }),
    )
    expect(formatCount(12_480)).toBe("12,480")
  })
})

describe("formatBytes", () => {
  it.each([
    [0, "0 B"],
    [812, "812 B"],
    [1023, "1023 B"],
    [1024, "1.0 KB"],
    [1536, "1.5 KB"],
    [12 * 1024 * 1024, "12 MB"],
    [1024 * 1024 - 1, "1.0 MB"],
  ])("shows %d as %s", (bytes, shown) => {
    expect(formatBytes(bytes)).toBe(shown)
  })
})

describe("formatQuantity", () => {
  it("uses the singular for one alone", () => {
    expect(formatQuantity(1, "request")).toBe("1 request")
    expect(formatQuantity(0, "request")).toBe("0 requests")
    expect(formatQuantity(2, "query", "queries")).toBe("2 queries")
  })
})
