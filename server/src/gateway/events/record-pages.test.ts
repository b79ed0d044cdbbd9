import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { RecordPages } from "./record-pages.ts"

const line = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.nat({ max: 100_000 }).map((length) => "é".repeat(length)),
)
const step = fc.oneof(
  line.map((text) => ({ kind: "add" as const, text })),
  fc.nat({ max: 6 }).map((count) => ({ kind: "remove" as const, count })),
  fc.nat({ max: 6 }).map((count) => ({ kind: "peek" as const, count })),
)

describe("pages of records", () => {
  it("hold what a plain list would hold, in its order", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const pages = new RecordPages()
        let plain: string[] = []
        for (const next of steps) {
          if (next.kind === "add") {
            pages.add(next.text)
            plain.push(next.text)
          } else if (next.kind === "remove") {
            pages.remove(next.count)
            plain = plain.slice(next.count)
          } else {
            const wanted = plain.slice(0, next.count)
            expect(pages.peek(next.count)).toEqual(wanted)
            const { count, pieces } = pages.peekJoined(next.count)
            expect(count).toBe(wanted.length)
            expect(Buffer.concat(pieces).toString()).toBe(wanted.join(","))
          }
          expect(pages.length).toBe(plain.length)
        }
        expect(pages.peek(plain.length + 1)).toEqual(plain)
      }),
    )
  })
})
