import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { grainMs } from "./collect-rollups.ts"
import { alignSpan, askMinutesMs, keepMinutesMs, periodSpans, toSlices } from "./span.ts"

const now = Date.parse("2026-06-01T12:34:56.789Z")
const minutes = fc.integer({ min: 0, max: 60 * 24 * 90 })

describe("the slices of a span", () => {
  it("follow each other without a gap, in whole buckets", () => {
    fc.assert(
      fc.property(minutes, minutes, (first, length) => {
        const from = now - (now % 60_000) - first * 60_000
        const span = { from, to: from + length * 60_000 }
        let at = span.from
        for (const slice of toSlices(span)) {
          expect(slice.from).toBe(at)
          expect(slice.to).toBeGreaterThan(slice.from)
          expect(slice.from % grainMs[slice.grain]).toBe(0)
          expect(slice.to % grainMs[slice.grain]).toBe(0)
          at = slice.to
        }
        expect(at).toBe(span.to)
        expect(toSlices(span).length).toBeLessThanOrEqual(5)
      }),
    )
  })

  it("take whole days whole", () => {
    expect(
      toSlices({ from: Date.parse("2026-05-01"), to: Date.parse("2026-06-01") }).map(({ grain }) => grain),
    ).toEqual(["day"])
  })
})

describe("a period", () => {
  it("ends with the minute or hour that is under way, and follows on the one before", () => {
    expect(periodSpans("last_24h", now)).toEqual({
      current: { from: Date.parse("2026-05-31T12:35:00Z"), to: Date.parse("2026-06-01T12:35:00Z") },
      previous: { from: Date.parse("2026-05-30T12:35:00Z"), to: Date.parse("2026-05-31T12:35:00Z") },
    })
    expect(periodSpans("last_30d", now).current.to).toBe(Date.parse("2026-06-01T13:00:00Z"))
  })

  it("needs no minutes that are not kept", () => {
    for (const period of ["last_24h", "last_7d", "last_30d"] as const) {
      const { current, previous } = periodSpans(period, now)
      for (const { grain, from } of [...toSlices(current), ...toSlices(previous)]) {
        if (grain === "minute") expect(from).toBeGreaterThan(now - keepMinutesMs)
      }
    }
    const long = alignSpan({ from: now - askMinutesMs - 1, to: now }, now)
    expect(toSlices(long).map(({ grain }) => grain)).not.toContain("minute")
  })
})
