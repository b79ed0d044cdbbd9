import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { noControl, parseControl } from "./control.ts"

describe("x-simulate", () => {
  it("asks for nothing when empty", () => {
    expect(parseControl("")).toEqual(noControl)
  })

  it("reads a list of faults and knobs", () => {
    expect(parseControl(" fault=429 , retry-after=2,x-ratelimit-limit-requests=9")).toMatchObject({
      status: 429,
      retryAfterSeconds: 2,
      headers: { "x-ratelimit-limit-requests": "9" },
    })
    expect(parseControl("usage=input:10;cache-write:4,chunk=3")).toMatchObject({
      usage: { input: 10, cacheWrite: 4 },
      chunkBytes: 3,
    })
  })

  it("takes a bare name as a fault and a number after it in both spellings", () => {
    expect(parseControl("hang").fault).toBe("hang")
    expect(parseControl("503").status).toBe(503)
    expect(parseControl("cut-after=3")).toEqual(parseControl("fault=cut-after=3"))
  })

  it("explains what it does not know", () => {
    expect(() => parseControl("fault=explode")).toThrow(/knows no fault "explode"/)
    expect(() => parseControl("fault=200")).toThrow(/400 to 599/)
    expect(() => parseControl("speed=9")).toThrow(/knows no "speed"/)
    expect(() => parseControl("tokens=-1")).toThrow(/whole number from 0/)
    expect(() => parseControl("text=%E0%A4%A")).toThrow(/percent escape/)
    expect(() => parseControl("usage=input")).toThrow(/input:10;output:5/)
    expect(() => parseControl("constructor=1")).toThrow(/knows no/)
  })

  it("reads anything, or says why not", () => {
    const part = fc.oneof(fc.string(), fc.constantFrom("fault=429", "tokens=5", "text=a", "usage=input:1"))
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        try {
          parseControl(parts.join(","))
          return true
        } catch (error) {
          return error instanceof RangeError
        }
      }),
    )
  })

  it("gives back any text that was percent-encoded", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme" }),
        (text) => parseControl(`text=${encodeURIComponent(text)}`).text === text,
      ),
    )
  })
})
