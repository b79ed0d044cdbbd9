import { fromStoredRates, type Rates, toStoredRates } from "./price.ts"
import type { PriceRow } from "./price-book.ts"
import type { ScheduledRates } from "./price-source.ts"

/** A price in force over a span of time, in milliseconds since 1970; `to` null: for ever. */
export interface PlannedPrice {
  readonly from: number
  readonly to: number | null
  readonly rates: Rates
}

/** What an import does to one model's list prices. */
export interface PricePlan {
  /** The price in force ends now. */
  readonly close: boolean
  /** Prices that were to begin later are taken back: nothing was reckoned with them. */
  readonly withdraw: boolean
  readonly open: readonly PlannedPrice[]
}

const nothing: PricePlan = { close: false, withdraw: false, open: [] }

/**
 * How one model's list prices come from what is stored to what the source says. The past stays as it was, because costs
 * were reckoned with it: a change holds from now. A model seen for the first time gets its whole schedule.
 * @param stored the model's list-price rows, in any order
 */
export function planPrices(stored: readonly PriceRow[], schedule: readonly ScheduledRates[], nowMs: number): PricePlan {
  const wanted = toPeriods(schedule)
  if (stored.length === 0) return { ...nothing, open: wanted }
  const ahead = stored.filter((row) => row.to === null || row.to > nowMs)
  const wantedAhead = wanted.filter((period) => period.to === null || period.to > nowMs)
  const before = ahead.map((row) => fingerprint(row.from, row.to, spell(fromStoredRates(row)), nowMs)).sort()
  const after = wantedAhead.map((period) => fingerprint(period.from, period.to, spell(period.rates), nowMs)).sort()
  if (before.join() === after.join()) return nothing
  return {
    close: ahead.some((row) => row.from <= nowMs),
    withdraw: ahead.some((row) => row.from > nowMs),
    open: wantedAhead.map((period) => ({ ...period, from: Math.max(period.from, nowMs) })),
  }
}

function toPeriods(schedule: readonly ScheduledRates[]): readonly PlannedPrice[] {
  return schedule.map(({ from, rates }, index) => ({ from, to: schedule[index + 1]?.from ?? null, rates }))
}

/** When a price that holds already began does not matter to what comes. */
const fingerprint = (from: number, to: number | null, rates: string, nowMs: number): string =>
  `${Math.max(from, nowMs)} ${to} ${rates}`

/** Rates by one spelling: the database pads its decimals and orders the keys of its JSON as it likes. */
const spell = (rates: Rates | null): string => (rates ? JSON.stringify(toStoredRates(rates)) : "")
