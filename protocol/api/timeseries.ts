import { z } from "zod"
import { type CombinedDimension, combinedDimensions, FigureFilters } from "./figures.ts"

/**
 * What a series shows. Counts and tokens are numbers, `cost_usd` exact decimal strings, `error_rate` a share between 0 and 1,
 * durations milliseconds. Percentiles need a step of `hour` or `day`.
 */
export const timeseriesMetrics = [
  "requests",
  "errors",
  "error_rate",
  "cost_usd",
  "input_tokens",
  "output_tokens",
  "cache_read_tokens",
  "cache_write_tokens",
  "reasoning_tokens",
  "latency_ms_mean",
  "latency_ms_p50",
  "latency_ms_p95",
  "latency_ms_p99",
  "time_to_first_token_ms_mean",
  "time_to_first_token_ms_p50",
  "time_to_first_token_ms_p95",
  "time_to_first_token_ms_p99",
] as const
export type TimeseriesMetric = (typeof timeseriesMetrics)[number]

/** Widths of a point; minutes and hours and days in UTC. */
export const timeseriesSteps = ["minute", "hour", "day"] as const
export type TimeseriesStep = (typeof timeseriesSteps)[number]

/** Points a series may have. */
export const timeseriesPoints = 1500

/** Series of one answer, apart from the one that sums up the rest. */
export const timeseriesGroups = 20

/**
 * `GET timeseries`. The range is widened to whole steps. Without `step`, the widest that gives at least 24 points is taken.
 * With `group_by`, the `groups` busiest values get a series each and the rest share one (`other`).
 */
export const TimeseriesQuery = FigureFilters.extend({
  metric: z.enum(timeseriesMetrics),
  from: z.iso.datetime({ offset: true }),
  to: z.iso.datetime({ offset: true }),
  step: z.enum(timeseriesSteps).optional(),
  group_by: z.enum(combinedDimensions).optional(),
  groups: z.coerce.number().int().min(1).max(timeseriesGroups).default(8),
})
export type TimeseriesQuery = z.infer<typeof TimeseriesQuery>

/** One line of a chart. `points` has one entry for each of `times`; null where there was nothing to measure or nothing known. */
export interface Series {
  /** Null: without `group_by`, requests without a value, or, when `other` is true, all values that have no series. */
  readonly value: string | null
  /** For people, where `value` is an id: the name of a key. */
  readonly name: string | null
  readonly other: boolean
  readonly points: readonly (number | string | null)[]
}

/** A chart's data. `times` are the starts of the steps; the last step may still be under way (`complete_until`). */
export interface TimeseriesBody {
  readonly metric: TimeseriesMetric
  readonly step: TimeseriesStep
  readonly from: string
  readonly to: string
  readonly group_by: CombinedDimension | null
  /** Steps that end after this time are still growing. */
  readonly complete_until: string
  /** Costs or tokens of some requests are estimates, or unknown and left out. */
  readonly estimated_requests: number
  readonly unknown_requests: number
  readonly times: readonly string[]
  readonly series: readonly Series[]
}
