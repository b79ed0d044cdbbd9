import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { elementSlices, topLevelSlices } from "./top-level-slices.ts"

const textOf = (body: Buffer, { start, end }: { start: number; end: number }) => body.toString("utf8", start, end)

describe("top-level slices", () => {
  it("find what JSON.parse finds", () => {
    const names = fc.oneof(fc.constantFrom("usage", "model", "e\\", 'q"', "é"), fc.string())
    fc.assert(
      fc.property(fc.dictionary(names, fc.jsonValue()), fc.nat(2), (value, indent) => {
        const body = Buffer.from(` ${JSON.stringify(value, null, indent)}\n`)
        const parsed = JSON.parse(body.toString()) as Record<string, unknown>
        const keys = Object.keys(parsed)
        const slices = topLevelSlices(body, [...keys, "absent"])
        expect(slices).not.toBeNull()
        expect([...(slices?.keys() ?? [])].sort()).toEqual(keys.sort())
        for (const [key, slice] of slices ?? []) expect(JSON.parse(textOf(body, slice))).toEqual(parsed[key])
      }),
      { numRuns: 300 },
    )
  })

  it("find nothing in a body that was cut off", () => {
    const body = Buffer.from('{"model":"m","data":[{"a":"}]\\""},1.5e3,true],"usage":{"x":1}}')
    for (let i = 0; i < body.length; i += 1) expect(topLevelSlices(body.subarray(0, i), ["usage"])).toBeNull()
  })

  it("never throw, and agree with JSON.parse on every object it accepts", () => {
    const texts = fc.string({ unit: fc.constantFrom(...'{}[]",:\\ 1a') }).map((text) => `{"a":${text}`)
    fc.assert(
      fc.property(texts, (text) => {
        const slices = topLevelSlices(Buffer.from(text), ["a"])
        let parsed: { a?: unknown } | null = null
        try {
          parsed = JSON.parse(text) as { a?: unknown }
        } catch {
          // Not JSON: nothing to agree on.
        }
        if (parsed === null) return
        const slice = slices?.get("a")
        expect(slice && JSON.parse(textOf(Buffer.from(text), slice))).toEqual(parsed.a)
      }),
      { numRuns: 500 },
    )
  })

  it("take the last of a repeated name and decode escaped names", () => {
    const body = Buffer.from('{"usage":1,"us\\u0061ge":2}')
    expect(topLevelSlices(body, ["usage"])?.get("usage")).toEqual({ start: 24, end: 25 })
  })

  it("refuse mismatched brackets and absurd nesting", () => {
    expect(topLevelSlices(Buffer.from('{"a":[}]}'), ["a"])).toBeNull()
    expect(topLevelSlices(Buffer.from(`{"a":${"[".repeat(600)}${"]".repeat(600)}}`), ["a"])).toBeNull()
  })

  it("find elements of a list, up to a limit", () => {
    const body = Buffer.from('{"list":[ 1 , {"a":[2]},"x"]}')
    const list = topLevelSlices(body, ["list"])?.get("list") ?? { start: 0, end: 0 }
    expect(elementSlices(body, list, 9)?.map((slice) => textOf(body, slice))).toEqual(["1", '{"a":[2]}', '"x"'])
    expect(elementSlices(body, list, 1)?.map((slice) => textOf(body, slice))).toEqual(["1"])
    expect(elementSlices(body, { start: 0, end: body.length }, 9)).toBeNull()
  })
})
