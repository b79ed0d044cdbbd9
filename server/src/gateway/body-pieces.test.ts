import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { BodyPieces } from "./body-pieces.ts"

const fill = (pieces: readonly Buffer[]): BodyPieces => {
  const body = new BodyPieces()
  for (const piece of pieces) body.push(piece)
  return body
}

describe("a body that comes in pieces", () => {
  it("is what was sent, whatever the pieces", () => {
    const piece = fc.integer({ min: 0, max: 5000 }).map((length) => Buffer.alloc(length, length))
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const body = fill(pieces)
        expect(body.size).toBe(Buffer.concat(pieces).length)
        expect(body.join().equals(Buffer.concat(pieces))).toBe(true)
      }),
    )
  })

  it("is not copied when it comes whole", () => {
    const whole = Buffer.from("{}")
    expect(fill([whole]).join()).toBe(whole)
  })

  it("costs memory for its bytes, not for the pieces they come in", () => {
    const body = fill(Array.from({ length: 100_000 }, (_, index) => Buffer.from([index & 255])))
    expect(body.count).toBeLessThan(10)
    const mixed = Array.from({ length: 10_000 }, (_, index) => Buffer.alloc(index % 2 === 0 ? 1 : 1024, 1))
    expect(fill(mixed).count).toBeLessThanOrEqual(10_000)
  })
})
