import type { FiguresBody, PercentileFigures } from "@sluice/protocol/api/figures"
import { errorCategories } from "@sluice/protocol/error-codes"
import { costPlaces, formatDecimal, parseDecimal } from "../catalog/index.ts"
import { errorColumn, type MetricCount, type MetricSum } from "./rollup-columns.ts"
import type { Sketch } from "./sketch.ts"

/** What rollups added up to, as the database says it: counters, and sums as decimal text. */
export interface MetricSums {
  readonly counts: Readonly<Record<MetricCount, number>>
  readonly sums: Readonly<Record<MetricSum, string | null>>
  /** Requests without a feature. */
  readonly untagged: number
}

/** Durations of the same requests. */
export interface Durations {
  readonly latency: Sketch
  readonly firstToken: Sketch
}

/** Figures as people read them. @param elapsedMs the part of the span that has passed */
export function toFigures(
  { counts, sums, untagged }: MetricSums,
  durations: Durations,
  elapsedMs: number,
): FiguresBody {
  const { requests, errors } = counts
  const categorized = errorCategories.reduce((sum, category) => sum + counts[errorColumn(category)], 0)
  const byCategory = Object.fromEntries(errorCategories.map((category) => [category, counts[errorColumn(category)]]))
  return {
    requests,
    errors,
    error_rate: share(errors, requests),
    errors_by_category: { ...byCategory, other: errors - categorized } as FiguresBody["errors_by_category"],
    cost: toCost({ counts, sums }),
    tokens: toTokens({ counts, sums }),
    latency_ms: toPercentiles(durations.latency),
    time_to_first_token_ms: toPercentiles(durations.firstToken),
    requests_per_minute: elapsedMs > 0 ? round(requests / (elapsedMs / 60_000)) : null,
    cost_per_hour_usd: toHourly(sums.cost_usd, elapsedMs),
    rule_routed_share: share(counts.rule_routed, requests),
    cache_hit_share: share(Number(sums.cache_read_tokens ?? 0), Number(sums.cache_told_tokens ?? 0)),
    untagged_share: share(untagged, requests),
    streaming_share: share(counts.streaming, requests),
    provider_unknown_share: share(counts.provider_unknown, requests),
  }
}

/** Part of a whole, between 0 and 1; null of nothing. */
export const share = (part: number, whole: number): number | null => (whole > 0 ? round(part / whole) : null)

/** Six digits that mean something: figures are read, and stored, as text. */
const round = (value: number): number => Number(value.toPrecision(6))

/** The money of the requests. */
export function toCost({ counts, sums }: Pick<MetricSums, "counts" | "sums">): FiguresBody["cost"] {
  const { cost_no_price: no_price, cost_no_usage: no_usage, cost_no_provider: no_provider } = counts
  return {
    usd: toUsd(sums.cost_usd),
    unknown_requests: no_price + no_usage + no_provider,
    unknown_by_reason: { no_price, no_usage, no_provider },
    estimated_requests: counts.usage_estimated,
  }
}

/** Exact decimal text without needless zeros. */
export const toUsd = (text: string | null): string | null =>
  text === null ? null : formatDecimal(parseDecimal(text, costPlaces), costPlaces)

/** The tokens of the requests. */
export const toTokens = ({ counts, sums }: Pick<MetricSums, "counts" | "sums">): FiguresBody["tokens"] => ({
  input: toNumber(sums.input_tokens),
  output: toNumber(sums.output_tokens),
  cache_read: toNumber(sums.cache_read_tokens),
  cache_write: toNumber(sums.cache_write_tokens),
  reasoning: toNumber(sums.reasoning_tokens),
  unknown_requests: counts.usage_unknown,
})

/** A number of decimal text; past 2^53 it is the nearest one that a number can hold. */
export const toNumber = (text: string | null): number | null => (text === null ? null : Number(text))

/** Percentiles of durations, in milliseconds. */
export function toPercentiles(sketch: Sketch): PercentileFigures {
  const [p50 = null, p95 = null, p99 = null] = sketch.quantiles([0.5, 0.95, 0.99]).map(toMilliseconds)
  return { p50, p95, p99 }
}

/** Microseconds are as fine as durations are measured. */
export const toMilliseconds = (value: number | null): number | null =>
  value === null ? null : Math.round(value * 1000) / 1000

const hourMs = 3_600_000n

/** Cut off at 12 places: a rate, not money that was spent. */
function toHourly(costUsd: string | null, elapsedMs: number): string | null {
  if (costUsd === null || elapsedMs <= 0) return null
  return formatDecimal((parseDecimal(costUsd, costPlaces) * hourMs) / BigInt(Math.ceil(elapsedMs)), costPlaces)
}
