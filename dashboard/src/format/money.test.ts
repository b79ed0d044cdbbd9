import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { formatUsd } from "./money.ts"

describe("formatUsd", () => {
  it.each([
    ["0", "$0"],
    ["0.000000", "$0"],
    ["0.000123", "$0.000123"],
    ["0.00000004567", "$0.0000000457"],
    ["0.054399", "$0.0544"],
    ["0.5", "$0.50"],
    ["0.9996", "$1.00"],
    ["0.0009996", "$0.001"],
    ["12", "$12.00"],
    ["1234567.895", "$1,234,567.90"],
    ["-3.456", "−$3.46"],
  ])("shows %s as %s", (exact, shown) => {
    expect(formatUsd(exact)).toBe(shown)
  })

  it.each(["", "abc", "1e-7", "1.", ".5", "NaN"])("refuses %j, which is no decimal number", (text) => {
    expect(formatUsd(text)).toBeNull()
  })

  it("never shows an amount that is not zero as zero", () => {
    fc.assert(
      fc.property(fc.bigInt(1n, 10n ** 18n), fc.integer({ min: 0, max: 18 }), (digits, scale) => {
        expect(formatUsd(toText(digits, scale))).toMatch(/[1-9]/)
      }),
    )
  })

  it("stays within half a per cent of the exact amount", () => {
    fc.assert(
      fc.property(fc.bigInt(1n, 10n ** 14n), fc.integer({ min: 0, max: 12 }), (digits, scale) => {
        const exact = Number(digits) / 10 ** scale
        const shown = Number(formatUsd(toText(digits, scale))?.replace(/[$,]/g, ""))
        expect(Math.abs(shown - exact)).toBeLessThanOrEqual(exact * 0.005 + 1e-15)
      }),
    )
  })
})

/** The decimal text of `digits / 10^scale`. */
function toText(digits: bigint, scale: number): string {
  const padded = digits.toString().padStart(scale + 1, "0")
  return scale === 0 ? padded : `${padded.slice(0, -scale)}.${padded.slice(-scale)}`
}
