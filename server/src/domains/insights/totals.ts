import { costPlaces, formatDecimal, parseDecimal } from "../catalog/index.ts"
import { errorColumn, type MetricCount, type MetricSum, metricCounts, metricSums } from "./rollup-columns.ts"
import { isFailure, type RollupRow } from "./rollup-row.ts"

/** What some requests came to, exactly: counters, and sums that are null until something was told. Cost is in 1e-12 USD. */
export interface Totals {
  readonly counts: Record<MetricCount, number>
  readonly sums: Record<MetricSum, bigint | null>
}

const noCounts = Object.fromEntries(metricCounts.map((name) => [name, 0])) as Totals["counts"]
const noSums = Object.fromEntries(metricSums.map((name) => [name, null])) as Totals["sums"]

/** Nothing yet. */
export const noTotals = (): Totals => ({ counts: { ...noCounts }, sums: { ...noSums } })

/** A request that takes longer counts as this long, so that no clock can overflow a sum. Milliseconds. */
const longestMs = 1e10

const toMicroseconds = (durationMs: number): bigint => BigInt(Math.round(Math.min(durationMs, longestMs) * 1000))

/** Counts one more request. */
export function addRow({ counts, sums }: Totals, row: RollupRow): void {
  counts.requests += 1
  if (isFailure(row)) counts.errors += 1
  if (row.error_category !== null) counts[errorColumn(row.error_category)] += 1
  if (row.streaming) counts.streaming += 1
  if (row.rule_id !== null) counts.rule_routed += 1
  if (row.provider_unknown) counts.provider_unknown += 1
  if (isDrifted(row)) counts.drifted += 1
  addUsage({ counts, sums }, row)
  addCost({ counts, sums }, row)
  addCached(sums, row)
  add(sums, "latency_us", toMicroseconds(row.latency_ms))
  if (row.time_to_first_token_ms === null) return
  counts.first_tokens += 1
  add(sums, "first_token_us", toMicroseconds(row.time_to_first_token_ms))
}

/** Counts one more request as far as `dimension_rollups` do: at a quarter of the work, for each of three dimensions. */
export function addDimensionRow({ counts, sums }: Totals, row: RollupRow): void {
  counts.requests += 1
  if (isFailure(row)) counts.errors += 1
  addUsage({ counts, sums }, row)
  addCost({ counts, sums }, row)
  add(sums, "latency_us", toMicroseconds(row.latency_ms))
}

function addCost({ counts, sums }: Totals, row: RollupRow): void {
  if (row.cost_unknown_reason !== null) counts[`cost_${row.cost_unknown_reason}`] += 1
  else if (row.cost_usd !== null) add(sums, "cost_usd", parseDecimal(row.cost_usd, costPlaces))
}

/** Another model was called than the one asked for, and no rule said so. */
const isDrifted = (row: RollupRow): boolean =>
  row.rule_id === null &&
  row.model_actual !== null &&
  row.model_requested !== null &&
  row.model_actual !== row.model_requested

function addUsage({ counts, sums }: Totals, row: RollupRow): void {
  if (row.usage_source === "none") counts.usage_unknown += 1
  else if (row.usage_source !== "provider") counts.usage_estimated += 1
  if (row.input_tokens !== null) add(sums, "input_tokens", BigInt(row.input_tokens))
  if (row.output_tokens !== null) add(sums, "output_tokens", BigInt(row.output_tokens))
}

function addCached(sums: Totals["sums"], row: RollupRow): void {
  if (row.reasoning_tokens !== null) add(sums, "reasoning_tokens", BigInt(row.reasoning_tokens))
  const { cache_write_5m_tokens: short, cache_write_1h_tokens: long } = row
  if (short !== null || long !== null) add(sums, "cache_write_tokens", BigInt(short ?? 0) + BigInt(long ?? 0))
  if (row.cache_read_tokens === null) return
  add(sums, "cache_read_tokens", BigInt(row.cache_read_tokens))
  add(sums, "cache_told_tokens", BigInt(row.input_tokens ?? 0))
}

function add(sums: Totals["sums"], name: MetricSum, value: bigint): void {
  const before = sums[name]
  sums[name] = before === null ? value : before + value
}

/** Adds what other requests came to. */
export function addTotals(to: Totals, more: Totals): void {
  for (const name of metricCounts) to.counts[name] += more.counts[name]
  for (const name of metricSums) {
    const value = more.sums[name]
    if (value !== null) add(to.sums, name, value)
  }
}

/** Counts a request that was counted without a cost, and has one now: one unknown less, and the cost. */
export function addFoundCost({ counts, sums }: Totals, { cost_usd }: RollupRow): void {
  if (cost_usd === null) return
  counts.cost_no_price -= 1
  add(sums, "cost_usd", parseDecimal(cost_usd, costPlaces))
}

/** Which columns of the totals a table has. */
export interface TotalColumns {
  readonly counts: readonly MetricCount[]
  readonly sums: readonly MetricSum[]
}

/** The columns that are not zero or null, as JSON for the database. */
export function toColumns({ counts, sums }: Totals, wanted: TotalColumns): Record<string, number | string> {
  const columns: Record<string, number | string> = {}
  for (const name of wanted.counts) if (counts[name] !== 0) columns[name] = counts[name]
  for (const name of wanted.sums) {
    const value = sums[name]
    if (value !== null) columns[name] = name === "cost_usd" ? formatDecimal(value, costPlaces) : value.toString()
  }
  return columns
}
