import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { formatDecimal, parseDecimal, toCostUsd, toPerMillionUsd, trimDecimal } from "./usd.ts"

describe("exact decimals", () => {
  it("come back as the number they were written from", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 30n }), fc.integer({ min: 0, max: 20 }), (value, places) => {
        return parseDecimal(formatDecimal(value, places), places) === value
      }),
    )
  })

  it("read what JavaScript writes for small and large numbers", () => {
    expect(parseDecimal("1e-7", 9)).toBe(100n)
    expect(parseDecimal("2.5E+3", 2)).toBe(250000n)
    expect(parseDecimal("0.0028", 9)).toBe(2_800_000n)
  })

  it("refuse what is no decimal and what is finer than the scale", () => {
    for (const text of ["", "-1", "1.", ".5", "NaN", "1,5", "0x10", " 1"]) expect(() => parseDecimal(text, 9)).toThrow()
    expect(() => parseDecimal("0.0000000001", 9)).toThrow(/more than 9 decimal places/)
  })

  it("lose only zeros that say nothing", () => {
    expect(trimDecimal("0.054399000000")).toBe("0.054399")
    expect(trimDecimal("0.000000100000")).toBe("0.0000001")
    expect(trimDecimal("3.000000000000")).toBe("3")
    expect(trimDecimal("100")).toBe("100")
    expect(formatDecimal(0n, 12)).toBe("0")
  })

  it("round a cost half to even at twelve places", () => {
    expect(toCostUsd(1_500n)).toBe("0.000000000002")
    expect(toCostUsd(2_500n)).toBe("0.000000000002")
    expect(toCostUsd(2_501n)).toBe("0.000000000003")
    expect(toCostUsd(499n)).toBe("0")
  })

  it("quote a rate per million tokens", () => {
    expect(toPerMillionUsd(parseDecimal("0.00000375", 15))).toBe("3.75")
  })
})
