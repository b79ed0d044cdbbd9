import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { createCursors } from "./cursor.ts"

const cursors = createCursors(Buffer.alloc(32, 1))

describe("a cursor", () => {
  it("gives back the position it was signed for, in the same list", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string(), (position, list) => {
        const cursor = cursors.sign(list, position)
        expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/)
        expect(cursors.read(list, cursor)).toBe(position)
      }),
    )
  })

  it("is refused by another list, another installation, and when a character was changed", () => {
    const cursor = cursors.sign("keys:1", "42")
    const refused = expect.objectContaining({ code: "invalid_cursor", status: 400, param: "cursor" })
    const attempts = [
      () => cursors.read("keys:2", cursor),
      () => createCursors(Buffer.alloc(32, 2)).read("keys:1", cursor),
      ...[...cursor].map(
        (letter, at) => () =>
          cursors.read("keys:1", cursor.slice(0, at) + (letter === "A" ? "B" : "A") + cursor.slice(at + 1)),
      ),
    ]
    for (const attempt of attempts) expect(attempt).toThrow(refused)
  })

  it("is refused when it is anything else", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => cursors.read("keys", text)).toThrow("cursor")
      }),
    )
  })
})
