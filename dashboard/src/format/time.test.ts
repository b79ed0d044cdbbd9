import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { formatAgo, formatTime, formatUtc } from "./time.ts"

const now = Date.parse("2026-11-21T14:00:00Z")

describe("formatTime", () => {
  it.each([
    ["2026-11-21T09:03:22.123Z", "UTC", "09:03:22"],
    ["2026-11-21T00:00:00Z", "UTC", "00:00:00"],
    ["2026-11-20T23:30:00Z", "Europe/Berlin", "00:30:00"],
    ["2026-11-20T22:30:00Z", "Europe/Berlin", "20 Nov 23:30:00"],
    ["2025-11-21T09:03:22Z", "UTC", "21 Nov 2025 09:03:22"],
    ["not a time", "UTC", "not a time"],
  ])("shows %s in %s as %s", (iso, zone, shown) => {
    expect(formatTime(iso, { now, zone })).toBe(shown)
  })

  it("always ends with a clock of the day", () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }), (date) => {
        expect(formatTime(date.toISOString(), { now, zone: "Asia/Kathmandu" })).toMatch(/(^|\s)\d\d:\d\d:\d\d$/)
      }),
    )
  })
})

describe("formatUtc", () => {
  it("keeps the milliseconds and names the zone", () => {
    expect(formatUtc("2026-11-21T10:03:22.1+01:00")).toBe("2026-11-21 09:03:22.100 UTC")
  })
})

describe("formatAgo", () => {
  it.each([
    [-5000, "just now"],
    [4000, "just now"],
    [42_000, "42 s ago"],
    [300_000, "5 min ago"],
    [3 * 3_600_000, "3 h ago"],
    [12 * 86_400_000, "12 d ago"],
  ])("shows %d ms as %s", (ms, shown) => {
    expect(formatAgo(new Date(now - ms).toISOString(), now)).toBe(shown)
  })
})
