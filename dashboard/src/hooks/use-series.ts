import type { FigureFilters } from "@sluice/protocol/api/figures"
import type { TimeseriesBody, TimeseriesMetric } from "@sluice/protocol/api/timeseries"
import { keepPreviousData, type UseQueryResult, useQueries } from "@tanstack/react-query"
import { api } from "../api.ts"
import { type PeriodSearch, toRange, toStep } from "../period.ts"

/** Rollups are at most seconds behind; percentiles follow within a minute. */
const askEveryMs = 30_000

/** Percentiles are known by hour and day only. */
const isPercentile = (metric: TimeseriesMetric): boolean => /_p\d\d$/.test(metric)

/** What a chart shows. */
export interface SeriesQuestion {
  readonly metrics: readonly TimeseriesMetric[]
  readonly period: PeriodSearch
  readonly filters?: FigureFilters
}

/** A series for each metric, kept up to date; what was there stays until the next answer, so that nothing flickers. */
export function useSeries({ metrics, period, filters = {} }: SeriesQuestion) {
  return useQueries({
    queries: metrics.map((metric) => ({
      queryKey: ["timeseries", metric, period, filters],
      queryFn: ({ signal }: { signal: AbortSignal }) => ask(metric, period, filters, signal),
      refetchInterval: askEveryMs,
      placeholderData: keepPreviousData,
    })),
    combine,
  })
}

/** One answer of all; the list of series is the same object until one of them changes. */
const combine = (results: readonly UseQueryResult<TimeseriesBody>[]) => ({
  bodies: results.map(({ data }) => data),
  error: results.find(({ error }) => error)?.error ?? null,
  retry: () => void Promise.all(results.map(({ refetch }) => refetch())),
})

function ask(
  metric: TimeseriesMetric,
  period: PeriodSearch,
  filters: FigureFilters,
  signal: AbortSignal,
): Promise<TimeseriesBody> {
  const now = Date.now()
  const range = toRange(period, now)
  const step = toStep(range, now)
  return api.getTimeseries(
    {
      ...filters,
      metric,
      from: new Date(range.from).toISOString(),
      to: new Date(range.to).toISOString(),
      step: step === "minute" && isPercentile(metric) ? "hour" : step,
    },
    signal,
  )
}
