import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { shareLimit } from "./share-limit.ts"

const part = fc.record({
  held: fc.nat({ max: 1000 }),
  demand: fc.double({ min: 0, max: 500, noNaN: true }),
  spare: fc.nat({ max: 50 }),
})

describe("sharing a limit out", () => {
  it("gives all of it away, nobody less than they hold, and never more than there is", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 }),
        fc.nat({ max: 500 }),
        fc.array(part, { minLength: 1, maxLength: 8 }),
        (limit, reserved, parts) => {
          const shares = shareLimit(limit, reserved, parts)
          const held = parts.reduce((sum, some) => sum + some.held, 0)
          expect(shares.reduce((sum, share) => sum + share, 0)).toBe(Math.max(held, limit - reserved))
          expect(shares.every((share, i) => share >= (parts[i]?.held ?? 0))).toBe(true)
          expect(shares.every(Number.isSafeInteger)).toBe(true)
        },
      ),
    )
  })

  it("gives most to whoever asks, and something to whoever may ask next", () => {
    const shares = shareLimit(100, 0, [
      { held: 0, demand: 50, spare: 0 },
      { held: 0, demand: 0, spare: 0 },
    ])
    expect(shares[0]).toBeGreaterThan(90)
    expect(shares[1]).toBeGreaterThan(0)
  })

  it("gives equal parts while nobody asks", () => {
    const idle = { held: 0, demand: 0, spare: 0 }
    expect(shareLimit(8, 0, [idle, idle, idle, idle])).toEqual([2, 2, 2, 2])
  })

  it("spreads the last units over those who want them most, and moves none for a small difference", () => {
    const keen = { held: 10, demand: 3, spare: 0 }
    expect(shareLimit(42, 0, [keen, keen, keen, keen])).toEqual([11, 11, 10, 10])
    expect(shareLimit(41, 0, [{ ...keen, demand: 4 }, keen, { ...keen, spare: 1 }, keen])).toEqual([10, 10, 11, 10])
    expect(shareLimit(41, 0, [keen, keen, { held: 10, demand: 0, spare: 1 }, keen])).toEqual([11, 10, 10, 10])
  })
})
