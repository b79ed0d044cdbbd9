import { formatDecimal, parseDecimal, ratePlaces } from "./usd.ts"

/** Kinds of token that may have a rate of their own; `input` and `output` stand for every kind that has none. */
export const rateKinds = [
  "input",
  "output",
  "cache_read",
  "cache_write",
  "cache_write_1h",
  "input_audio",
  "output_audio",
  "cache_audio_read",
] as const
export type RateKind = (typeof rateKinds)[number]

/** A rate in 1e-15 USD per token. The last tier whose `above` the whole prompt's tokens exceed replaces `base`. */
export interface Rate {
  readonly base: bigint
  /** Ascending by `above`. */
  readonly tiers: readonly { readonly above: number; readonly rate: bigint }[]
}

/** What the tokens of one model cost. A price always has an `input` rate. */
export type Rates = Readonly<Partial<Record<RateKind, Rate>>> & { readonly input: Rate }

/** Rates with the version they are quoted under. */
export interface Price {
  readonly version: string
  readonly rates: Rates
}

/** Rates as `model_pricing` holds them: exact decimal text, USD per token. */
export interface StoredRates {
  readonly inputPerToken: string | null
  readonly outputPerToken: string | null
  readonly cacheReadPerToken: string | null
  readonly cacheWritePerToken: string | null
  readonly rates: StoredExtraRates
}

/** The column `rates`: the rarer kinds, and the tiers of every kind. */
export interface StoredExtraRates {
  readonly cache_write_1h?: string
  readonly input_audio?: string
  readonly output_audio?: string
  readonly cache_audio_read?: string
  readonly tiers?: Readonly<
    Partial<Record<RateKind, readonly { readonly above: number; readonly per_token: string }[]>>
  >
}

/** The rate in force for a prompt of this many tokens. */
export function rateAt(rate: Rate, promptTokens: number): bigint {
  let inForce = rate.base
  for (const tier of rate.tiers) if (promptTokens > tier.above) inForce = tier.rate
  return inForce
}

/** Rates in the form of the table; equal rates give equal forms. */
export function toStoredRates(rates: Rates): StoredRates {
  const text = (kind: RateKind) => {
    const rate = rates[kind]
    return rate ? formatDecimal(rate.base, ratePlaces) : null
  }
  const extra: Record<string, unknown> = {}
  for (const kind of ["cache_write_1h", "input_audio", "output_audio", "cache_audio_read"] as const) {
    const perToken = text(kind)
    if (perToken !== null) extra[kind] = perToken
  }
  const tiers: Partial<Record<RateKind, { above: number; per_token: string }[]>> = {}
  for (const kind of rateKinds) {
    const steps = rates[kind]?.tiers ?? []
    if (steps.length === 0) continue
    tiers[kind] = steps.map((step) => ({ above: step.above, per_token: formatDecimal(step.rate, ratePlaces) }))
  }
  return {
    inputPerToken: text("input"),
    outputPerToken: text("output"),
    cacheReadPerToken: text("cache_read"),
    cacheWritePerToken: text("cache_write"),
    rates: Object.keys(tiers).length > 0 ? { ...extra, tiers } : extra,
  }
}

/**
 * Rates out of the table; null where there is no input rate, which is no price.
 * @throws RangeError when a stored figure is not a decimal
 */
export function fromStoredRates(stored: StoredRates): Rates | null {
  const bases: Readonly<Record<RateKind, string | null | undefined>> = {
    input: stored.inputPerToken,
    output: stored.outputPerToken,
    cache_read: stored.cacheReadPerToken,
    cache_write: stored.cacheWritePerToken,
    cache_write_1h: stored.rates.cache_write_1h,
    input_audio: stored.rates.input_audio,
    output_audio: stored.rates.output_audio,
    cache_audio_read: stored.rates.cache_audio_read,
  }
  const rates: Partial<Record<RateKind, Rate>> = {}
  for (const kind of rateKinds) {
    const base = bases[kind]
    if (base === null || base === undefined) continue
    const tiers = (stored.rates.tiers?.[kind] ?? []).map((step) => ({
      above: step.above,
      rate: parseDecimal(step.per_token, ratePlaces),
    }))
    rates[kind] = { base: parseDecimal(base, ratePlaces), tiers: tiers.sort((a, b) => a.above - b.above) }
  }
  return rates.input ? { ...rates, input: rates.input } : null
}
