import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { readPeriod, toRange, toStep, toZoom } from "./period.ts"

const now = Date.parse("2026-11-21T13:00:00Z")
const hourMs = 3_600_000

describe("the period of a URL", () => {
  it("keeps a known period and a range, and leaves out what makes no sense", () => {
    expect(readPeriod({ period: "last_7d" })).toEqual({ period: "last_7d" })
    expect(readPeriod({ period: "last_24h" })).toEqual({})
    expect(readPeriod({ period: "for ever", from: "yesterday", to: "2026-11-21T13:00:00Z" })).toEqual({})
    expect(readPeriod({ from: "2026-11-21T13:00:00Z", to: "2026-11-21T12:00:00Z" })).toEqual({})
    expect(readPeriod({ from: "2026-11-21T12:00:00Z", to: "2026-11-21T13:00:00Z" })).toEqual({
      from: "2026-11-21T12:00:00.000Z",
      to: "2026-11-21T13:00:00.000Z",
    })
  })

  it("never throws, and reads its own answer as it is", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom("period", "from", "to"), fc.anything()), (search) => {
        const read = readPeriod(search)
        expect(readPeriod({ ...read })).toEqual(read)
      }),
    )
  })

  it("reads every zoom as it was written", () => {
    fc.assert(
      fc.property(fc.nat(30 * 24 * hourMs), fc.nat(30 * 24 * hourMs), (ago, lengthMs) => {
        const zoom = toZoom({ from: now - ago, to: now - ago + lengthMs })
        expect(zoom).not.toBeNull()
        expect(readPeriod({ ...zoom })).toEqual(zoom)
      }),
    )
  })

  it("is a range: the one zoomed into, or the period up to now", () => {
    expect(toRange({}, now)).toEqual({ from: now - 24 * hourMs, to: now })
    expect(toRange({ period: "last_7d" }, now).from).toBe(now - 168 * hourMs)
    const zoom = { from: "2026-11-21T12:00:00.000Z", to: "2026-11-21T13:00:00.000Z" }
    expect(toRange({ period: "last_7d", ...zoom }, now)).toEqual({ from: now - hourMs, to: now })
  })
})

describe("the step of a range", () => {
  it("grows with the range, and is never finer than what is kept", () => {
    const stepOf = (lengthMs: number, ago = 0) => toStep({ from: now - ago - lengthMs, to: now - ago }, now)
    expect(stepOf(hourMs)).toBe("minute")
    expect(stepOf(24 * hourMs)).toBe("hour")
    expect(stepOf(7 * 24 * hourMs)).toBe("hour")
    expect(stepOf(30 * 24 * hourMs)).toBe("day")
    expect(stepOf(hourMs, 20 * 24 * hourMs)).toBe("hour")
  })
})
