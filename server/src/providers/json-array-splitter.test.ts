import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { JsonArraySplitter } from "./json-array-splitter.ts"

function split(chunks: readonly Buffer[], maxElementBytes?: number) {
  const elements: string[] = []
  const splitter = new JsonArraySplitter((json) => elements.push(json), { maxElementBytes })
  for (const chunk of chunks) splitter.push(chunk)
  return { elements, oversized: splitter.oversized, broken: splitter.broken }
}

const bytewise = (bytes: Buffer): Buffer[] => Array.from(bytes, (byte) => Buffer.from([byte]))

describe("JSON array splitter", () => {
  it("gives every element of any array, at any chunking", () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.nat(3), fc.nat(), (values, indent, place) => {
        const bytes = Buffer.from(` ${JSON.stringify(values, null, indent)}\r\n`)
        const at = place % bytes.length
        const found = split([bytes.subarray(0, at), bytes.subarray(at)])
        // JSON has no negative zero.
        const parsed = found.elements.map((json) => JSON.parse(json) as unknown)
        expect(parsed).toEqual(JSON.parse(JSON.stringify(values)))
        expect(found.broken).toBe(false)
        expect(split(bytewise(bytes)).elements.map((json) => json.trim())).toEqual(
          found.elements.map((json) => json.trim()),
        )
      }),
      { numRuns: 200 },
    )
  })

  it("gives the same at any chunking of anything at all", () => {
    const texts = fc.string({ unit: fc.constantFrom(...'[]{},"\\ \n1atrue') })
    fc.assert(
      fc.property(texts, (text) => {
        const bytes = Buffer.from(text)
        expect(split(bytewise(bytes))).toEqual(split([bytes]))
      }),
      { numRuns: 400 },
    )
  })

  it("gives an element as soon as it is complete", () => {
    expect(split([Buffer.from('[{"a":"]}"}')]).elements).toEqual(['{"a":"]}"}'])
  })

  it("says when there is no array, or something after it", () => {
    expect(split([Buffer.from('{"error":{}}')]).broken).toBe(true)
    expect(split([Buffer.from("[1] x")]).broken).toBe(true)
    expect(split([Buffer.from("[1]\n")]).broken).toBe(false)
  })

  it("skips and counts an element over the cap, and reads on after it", () => {
    const found = split([Buffer.from(`[1,{"a":"${"x".repeat(100)}"},{"b":2}]`)], 50)
    expect(found).toEqual({ elements: ["1", '{"b":2}'], oversized: 1, broken: false })
  })
})
