import { describe, expect, it } from "vitest"
import { planPrices } from "./plan-prices.ts"
import { type Rates, toStoredRates } from "./price.ts"
import type { PriceRow } from "./price-book.ts"

const rates = (input: bigint): Rates => ({ input: { base: input, tiers: [] } })

const row = (input: bigint, from: number, to: number | null): PriceRow => {
  const stored = toStoredRates(rates(input))
  return {
    ...stored,
    // As PostgreSQL gives it back.
    inputPerToken: stored.inputPerToken && Number(stored.inputPerToken).toFixed(15),
    organizationId: null,
    provider: "openai",
    model: "m",
    version: "1",
    from,
    to,
  }
}

const none = { close: false, withdraw: false, open: [] }

describe("an import of prices", () => {
  it("gives a new model its whole schedule", () => {
    const schedule = [
      { from: 0, rates: rates(10n) },
      { from: 500, rates: rates(20n) },
    ]
    expect(planPrices([], schedule, 1000)).toEqual({
      ...none,
      open: [
        { from: 0, to: 500, rates: rates(10n) },
        { from: 500, to: null, rates: rates(20n) },
      ],
    })
  })

  it("does nothing when what is ahead is the same, whatever was before", () => {
    expect(planPrices([row(5n, 0, 100), row(10n, 100, null)], [{ from: 0, rates: rates(10n) }], 1000)).toEqual(none)
  })

  it("closes a changed price now and opens the new one, leaving the past alone", () => {
    expect(planPrices([row(10n, 0, null)], [{ from: 0, rates: rates(20n) }], 1000)).toEqual({
      close: true,
      withdraw: false,
      open: [{ from: 1000, to: null, rates: rates(20n) }],
    })
  })

  it("takes back an announced price that will not come", () => {
    expect(planPrices([row(10n, 0, 2000), row(20n, 2000, null)], [{ from: 0, rates: rates(10n) }], 1000)).toEqual({
      close: true,
      withdraw: true,
      open: [{ from: 1000, to: null, rates: rates(10n) }],
    })
  })

  it("ends the price of a model that left the source, and opens it again when it returns", () => {
    expect(planPrices([row(10n, 0, null)], [], 1000)).toEqual({ ...none, close: true })
    expect(planPrices([row(10n, 0, 1000)], [{ from: 0, rates: rates(10n) }], 2000)).toEqual({
      ...none,
      open: [{ from: 2000, to: null, rates: rates(10n) }],
    })
  })
})
