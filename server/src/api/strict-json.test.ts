import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { refuseJson } from "./strict-json.ts"

describe("a body", () => {
  it("passes when it is JSON of reasonable size", () => {
    const values = fc.jsonValue({ maxDepth: 5 }).filter((value) => !JSON.stringify(value).includes("\\u0000"))
    fc.assert(fc.property(values, (value) => refuseJson(JSON.stringify(value, null, 1)) === null))
  })

  it("is refused exactly when the parser refuses it, apart from what is refused on purpose", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'{}[]",:\\a1 u0'), maxLength: 40 }), (text) => {
        let valid = true
        try {
          JSON.parse(text)
        } catch {
          valid = false
        }
        const refused = refuseJson(text)
        if (!valid) expect(refused).not.toBeNull()
        else if (refused) expect(refused).toMatch(/twice|NUL/)
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    ['{"a":1,"a":2}', 'The key "a" is there twice at line 1, column 8.'],
    ['{"a":1,\n "\\u0061":2}', 'The key "a" is there twice at line 2, column 2.'],
    ['{"x":{"b":1},"y":[{"b":1,"b":1}]}', 'The key "b" is there twice at line 1, column 26.'],
    ['{"a":"\\u0000"}', "The character NUL is not allowed at line 1, column 6."],
  ])("%s is refused with the place", (text, reason) => {
    expect(refuseJson(text)).toBe(reason)
  })

  it("may repeat a key in different objects, and a value as often as it likes", () => {
    expect(refuseJson('{"a":{"a":["a","a"]},"b":{"a":"a"}}')).toBeNull()
  })

  it("is refused when it is nested or listed beyond reason", () => {
    expect(refuseJson("[".repeat(100_000))).toContain("nested")
    expect(refuseJson(`[${"1,".repeat(10_000)}1]`)).toContain("elements")
  })

  it("is not quoted in the refusal, because it may hold a secret", () => {
    for (const text of ['{"secret": sk-abcdef}', "sk-abcdefghijklmnop", '{"secret":"sk-abcdefghijk"']) {
      expect(refuseJson(text)).toMatch(/^The body is not valid JSON/)
      expect(refuseJson(text)).not.toContain("abc")
    }
  })
})
