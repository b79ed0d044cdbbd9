import type { UsageRecord } from "@sluice/protocol/exchange-record"
import { type RateKind, type Rates, rateAt } from "./price.ts"
import { toCostUsd } from "./usd.ts"

/**
 * Why a cost is not known: the exchange reached no provider, what it used was not told (or not precisely enough to
 * price), or nobody told us the price.
 */
export type CostUnknownReason = "no_usage" | "no_price" | "no_provider"

/** A cost as exact decimal text in USD, at most 12 places, or the reason there is none. Never zero for "unknown". */
export type Cost =
  | { readonly costUsd: string; readonly reason: null }
  | { readonly costUsd: null; readonly reason: CostUnknownReason }

const untold: Cost = { costUsd: null, reason: "no_usage" }

/**
 * What this usage costs at these rates: fresh input, cache reads, cache writes for 5 minutes and for 1 hour, audio and
 * output each at their rate; a kind without a rate costs what the kind it is part of costs (the semantics of
 * genai-prices' `calcPrice`). The size of the whole prompt chooses the tier of every rate.
 *
 * `no_usage` when a total is missing, when parts exceed their total, or when cached audio could be counted two ways
 * that differ in price: nothing is guessed.
 */
export function priceUsage(usage: UsageRecord, rates: Rates): Cost {
  if (usage.input === null) return untold
  const prompt = usage.input
  const rate = (kind: RateKind): bigint | null => {
    const found = rates[kind]
    return found ? rateAt(found, prompt) : null
  }
  const inputCost = priceInput(usage, prompt, rate)
  const outputCost = priceOutput(usage, rate)
  if (inputCost === null || outputCost === null) return untold
  return { costUsd: toCostUsd(inputCost + outputCost), reason: null }
}

type RateOf = (kind: RateKind) => bigint | null

/** In 1e-15 USD; null when the counts do not say enough. */
function priceInput(usage: UsageRecord, prompt: number, rate: RateOf): bigint | null {
  const input = rate("input") ?? 0n
  const read = usage.cache_read ?? 0
  const writeShort = usage.cache_write_5m ?? 0
  const writeLong = usage.cache_write_1h ?? 0
  const audio = usage.audio_input ?? 0
  const written = writeShort + writeLong
  if (read + written > prompt || audio > prompt) return null

  const readRate = rate("cache_read") ?? input
  const writeRate = rate("cache_write") ?? input
  const writeLongRate = rate("cache_write_1h") ?? writeRate
  const audioRate = rate("input_audio") ?? input
  // Audio that was also written to a cache has no rate anywhere.
  if (audio > 0 && written > 0 && rate("input_audio") !== null && writeRate !== input) return null
  const bothRate = rate("cache_audio_read") ?? (rate("input_audio") === null ? readRate : audioRate)

  // How much of the audio was read from the cache is not told: it lies between what must overlap and what can.
  const atLeast = Math.max(0, read + audio + written - prompt)
  const atMost = Math.min(read, audio)
  if (atLeast > atMost) return null
  const correction = bothRate - readRate - audioRate + input
  if (atLeast !== atMost && correction !== 0n) return null

  return (
    BigInt(prompt - read - written) * input +
    BigInt(read) * readRate +
    BigInt(writeShort) * writeRate +
    BigInt(writeLong) * writeLongRate +
    BigInt(audio) * (audioRate - input) +
    BigInt(atLeast) * correction
  )
}

function priceOutput(usage: UsageRecord, rate: RateOf): bigint | null {
  const output = rate("output")
  const audioRate = rate("output_audio")
  // Embeddings write nothing: they have no output rate, or one of 0.
  if (usage.output === null) return (output ?? 0n) === 0n && (audioRate ?? 0n) === 0n ? 0n : null
  const audio = usage.audio_output ?? 0
  if (audio > usage.output) return null
  const base = output ?? 0n
  return BigInt(usage.output - audio) * base + BigInt(audio) * (audioRate ?? base)
}
