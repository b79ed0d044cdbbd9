import type { CombinedDimension } from "@sluice/protocol/api/figures"
import {
  type Series,
  type TimeseriesBody,
  type TimeseriesMetric,
  type TimeseriesStep,
  timeseriesPoints,
} from "@sluice/protocol/api/timeseries"
import type { Clock } from "../../platform/clock.ts"
import { validationFailed } from "../../platform/errors.ts"
import { grainMs, type RollupScope } from "./collect-rollups.ts"
import type { SeriesFilters } from "./figure-store.ts"
import { share, toMilliseconds, toNumber, toUsd } from "./figures.ts"
import { askMinutesMs, type Span, widenSpan } from "./span.ts"
import type { Point, PointQuestion, TimeseriesStore } from "./timeseries-store.ts"

/** What a chart asks for. Times are milliseconds since 1970. */
export interface TimeseriesQuestion extends Span {
  readonly scope: RollupScope
  readonly metric: TimeseriesMetric
  /** Null: the widest that gives at least 24 points. */
  readonly step: TimeseriesStep | null
  readonly groupBy: CombinedDimension | null
  readonly groups: number
  readonly filters: SeriesFilters
}

/** What reading a chart works with. */
export interface TimeseriesDeps {
  readonly store: TimeseriesStore
  readonly clock: Clock
}

/**
 * Reads a chart's data from the rollups; a series of keys has their UUIDs as values.
 * @throws ApiError `validation_failed` for a range and step that do not go together
 */
export async function readTimeseries(deps: TimeseriesDeps, question: TimeseriesQuestion): Promise<TimeseriesBody> {
  const { scope, filters, groupBy, metric } = question
  const now = deps.clock.now()
  const step = toStep(question, now)
  const span = widenSpan(question, grainMs[step])
  const asked: PointQuestion = { scope, filters, span, step, groupBy }
  const values = groupBy ? await deps.store.listBusiest({ ...asked, groupBy }, question.groups) : []
  const names = groupBy === "key" ? await deps.store.readKeyNames(scope, values) : new Map<string, string>()
  const points = await deps.store.readPoints(asked, values)
  const read = isPercentile(metric)
    ? await readPercentiles(deps.store, { asked, values, metric })
    : readMetric(points, metric)
  const times = toTimes(span, grainMs[step])
  const line = (value: string | null, group: number | null): Series => ({
    value: value === "" ? null : value,
    name: value === null ? null : (names.get(value) ?? null),
    other: group === null && groupBy !== null,
    points: times.map((bucket) => read(bucket, group)),
  })
  const hasRest = groupBy === null || points.some((point) => point.group === null)
  return {
    metric,
    step,
    from: toTime(span.from),
    to: toTime(span.to),
    group_by: groupBy,
    complete_until: toTime(Math.min(span.to, now - (now % grainMs[step]))),
    ...countDoubts(points, metric),
    times: times.map(toTime),
    series: [...values.map((value, group) => line(value, group)), ...(hasRest ? [line(null, null)] : [])],
  }
}

const toTime = (time: number): string => new Date(time).toISOString()

const isPercentile = (metric: TimeseriesMetric): boolean => /_p\d\d$/.test(metric)

/** Steps, widest first. */
const steps = ["day", "hour", "minute"] as const

/** Points that a chart has at least, when it chooses its step. */
const fewestPoints = 24

function toStep({ from, to, step, metric }: TimeseriesQuestion, now: number): TimeseriesStep {
  if (to <= from) throw validationFailed([{ field: "to", message: "must be later than from" }])
  const hasMinutes = from >= now - askMinutesMs && !isPercentile(metric)
  const finest = hasMinutes ? "minute" : "hour"
  const chosen = step ?? steps.find((wide) => (to - from) / grainMs[wide] >= fewestPoints) ?? finest
  if (step === "minute" && isPercentile(metric)) {
    throw validationFailed([{ field: "step", message: "percentiles are known by hour and day" }])
  }
  if (step === "minute" && !hasMinutes) {
    throw validationFailed([{ field: "step", message: "minutes are kept for 14 days; ask for hour or day" }])
  }
  const width = chosen === "minute" ? finest : chosen
  if ((to - from) / grainMs[width] > timeseriesPoints) {
    const message = `gives more than ${timeseriesPoints} points; ask for a wider step or a shorter range`
    throw validationFailed([{ field: "step", message }])
  }
  return width
}

function toTimes({ from, to }: Span, width: number): readonly number[] {
  return Array.from({ length: (to - from) / width }, (_, index) => from + index * width)
}

type Read = (bucket: number, group: number | null) => number | string | null

function readMetric(points: readonly Point[], metric: TimeseriesMetric): Read {
  const found = new Map(points.map((point) => [`${point.bucket} ${point.group}`, point]))
  return (bucket, group) => toValue(metric, found.get(`${bucket} ${group}`) ?? null)
}

/** A step without a request came to nothing, exactly; durations and rates of nothing are not known. */
function toValue(metric: TimeseriesMetric, point: Point | null): number | string | null {
  switch (metric) {
    case "requests":
    case "errors":
      return point ? point[metric] : 0
    case "error_rate":
      return point && share(point.errors, point.requests)
    case "cost_usd":
      return point ? toUsd(point.cost_usd) : "0"
    case "latency_ms_mean":
      return point && toMean(point.latency_us, point.requests)
    case "time_to_first_token_ms_mean":
      return point && toMean(point.first_token_us, point.first_tokens)
    case "input_tokens":
    case "output_tokens":
    case "cache_read_tokens":
    case "cache_write_tokens":
    case "reasoning_tokens":
      return point ? toNumber(point[metric]) : 0
    default:
      throw new Error(`${metric} is not read from sums`)
  }
}

/** Of microseconds, in milliseconds. */
export const toMean = (sumUs: string | null, count: number): number | null =>
  sumUs === null || count === 0 ? null : toMilliseconds(Number(sumUs) / count / 1000)

interface PercentilesWanted {
  readonly asked: PointQuestion
  readonly values: readonly string[]
  readonly metric: TimeseriesMetric
}

async function readPercentiles(store: TimeseriesStore, { asked, values, metric }: PercentilesWanted): Promise<Read> {
  const duration = metric.startsWith("latency") ? "latency" : "first_token"
  const durations = await store.readDurations(asked, values, duration)
  if (!durations) {
    const message = "these are too many series to merge; ask for a step of day, a shorter range or a filter"
    throw validationFailed([{ field: "step", message }])
  }
  const quantile = Number(metric.slice(-2)) / 100
  const found = new Map(
    durations.map(({ bucket, group, sketch }) => [
      `${bucket} ${group}`,
      toMilliseconds(sketch.quantiles([quantile])[0] ?? null),
    ]),
  )
  return (bucket, group) => found.get(`${bucket} ${group}`) ?? null
}

/** How many requests the figures leave out, and of how many they only estimate. */
function countDoubts(points: readonly Point[], metric: TimeseriesMetric) {
  const isCost = metric === "cost_usd"
  const isTokens = metric.endsWith("_tokens")
  const sum = (name: "usage_estimated" | "usage_unknown" | "cost_unknown") =>
    points.reduce((total, point) => total + point[name], 0)
  return {
    estimated_requests: isCost || isTokens ? sum("usage_estimated") : 0,
    unknown_requests: isCost ? sum("cost_unknown") : isTokens ? sum("usage_unknown") : 0,
  }
}
