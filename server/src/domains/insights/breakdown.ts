import type { BreakdownItem, BreakdownSort } from "@sluice/protocol/api/breakdowns"
import type { Dimension, Period } from "@sluice/protocol/api/figures"
import type { Clock } from "../../platform/clock.ts"
import { validationFailed } from "../../platform/errors.ts"
import { hourMs } from "./admitted-values.ts"
import {
  type BreakdownPosition,
  type BreakdownQuestion,
  type BreakdownRow,
  type BreakdownStore,
  isCombined,
} from "./breakdown-store.ts"
import type { RollupScope } from "./collect-rollups.ts"
import type { SeriesFilters } from "./figure-store.ts"
import { type Durations, share, toNumber, toPercentiles, toUsd } from "./figures.ts"
import { alignSpan, periodSpans, type Span, widenSpan } from "./span.ts"
import { toMean } from "./timeseries.ts"
import type { TimeseriesStore } from "./timeseries-store.ts"

/** A page that somebody asks for. */
export interface BreakdownWish {
  readonly scope: RollupScope
  readonly dimension: Dimension
  readonly filters: SeriesFilters
  readonly sort: BreakdownSort
  readonly descending: boolean
  readonly limit: number
  /** The span, as the first page took it. */
  readonly span: Span
  readonly after: BreakdownPosition | null
}

/** A page with where it ended; null: there is nothing after it. Values of `key` are UUIDs. */
export interface BreakdownPage {
  readonly items: readonly BreakdownItem[]
  readonly percentilesFrom: number
  readonly next: BreakdownPosition | null
}

/** What reading a breakdown works with. */
export interface BreakdownDeps {
  readonly store: BreakdownStore
  readonly names: Pick<TimeseriesStore, "readKeyNames">
}

/** Reads what each value of a dimension came to, a page at a time. */
export async function readBreakdown({ store, names }: BreakdownDeps, wish: BreakdownWish): Promise<BreakdownPage> {
  const question: BreakdownQuestion = wish
  const rows = await store.list(question)
  const page = rows.slice(0, wish.limit)
  const percentiles = widenSpan(wish.span, hourMs)
  const durations = isCombined(wish.dimension) ? await store.readDurations(question, page, percentiles) : null
  const keys =
    wish.dimension === "key"
      ? await names.readKeyNames(
          wish.scope,
          page.map(({ value }) => value),
        )
      : null
  const last = page.at(-1)
  return {
    items: page.map((row, at) => toItem(row, durations?.[at] ?? null, keys?.get(row.value) ?? null)),
    percentilesFrom: percentiles.from,
    next: rows.length > wish.limit && last ? { sorted: last.sorted, value: last.value, other: last.other } : null,
  }
}

/** A span as somebody asks for it; times are milliseconds since 1970. */
export interface SpanWish {
  readonly dimension: Dimension
  readonly period: Period | null
  readonly from: number | null
  readonly to: number | null
}

/** The span a first page is of. @throws ApiError `validation_failed` unless a period, or a beginning and an end, is told */
export function toBreakdownSpan({ dimension, period, from, to }: SpanWish, clock: Clock): Span {
  const now = clock.now()
  const span = period ? periodSpans(period, now).current : from !== null && to !== null ? { from, to } : null
  if (!span || (period && (from !== null || to !== null))) {
    throw validationFailed([{ field: "period", message: "give a period, or both from and to" }])
  }
  if (span.to <= span.from) throw validationFailed([{ field: "to", message: "must be later than from" }])
  return isCombined(dimension) ? alignSpan(span, now) : widenSpan(span, hourMs)
}

/** @throws ApiError `validation_failed` when filters are told for a dimension that is counted on its own */
export function checkFilters(dimension: Dimension, filters: SeriesFilters): void {
  if (isCombined(dimension)) return
  const told = Object.entries(filters).filter(([, value]) => value !== null && value !== undefined)
  const message = `${dimension} is counted on its own and has no filters`
  if (told.length > 0) throw validationFailed(told.map(([field]) => ({ field, message })))
}

const toItem = (row: BreakdownRow, durations: Durations | null, name: string | null): BreakdownItem => ({
  value: row.value === "" ? null : row.value,
  name,
  other: row.other,
  requests: row.requests,
  requests_share: share(row.requests, row.all_requests),
  errors: row.errors,
  error_rate: share(row.errors, row.requests),
  cost: {
    usd: toUsd(row.cost_usd),
    unknown_requests: row.cost_unknown,
    estimated_requests: row.usage_estimated,
  },
  tokens: {
    input: toNumber(row.input_tokens),
    output: toNumber(row.output_tokens),
    cache_read: toNumber(row.cache_read_tokens),
    cache_write: toNumber(row.cache_write_tokens),
    reasoning: toNumber(row.reasoning_tokens),
    unknown_requests: row.usage_unknown,
  },
  latency_ms_mean: toMean(row.latency_us, row.requests),
  latency_ms: durations && toPercentiles(durations.latency),
  time_to_first_token_ms: durations && toPercentiles(durations.firstToken),
})
