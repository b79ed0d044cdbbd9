import type { TimeseriesBody, TimeseriesMetric } from "@sluice/protocol/api/timeseries"
import { formatCount } from "../format/count.ts"
import { formatDuration } from "../format/duration.ts"
import { formatUsd } from "../format/money.ts"
import { formatShare } from "../format/share.ts"

/** What the values of a chart are, and so how they are written. */
export type ChartUnit = "count" | "usd" | "share" | "duration"

/** One line of a chart, or one set of bars. */
export interface ChartLine {
  readonly metric: TimeseriesMetric
  readonly title: string
  /** For drawing; null where nothing is known. */
  readonly values: readonly (number | null)[]
  /** The same, exactly, as people read them. */
  readonly texts: readonly string[]
}

/** What a chart draws. Times are the starts of its steps, in seconds since 1970. */
export interface ChartData {
  readonly times: readonly number[]
  readonly stepSeconds: number
  /** Steps that end after this time are still growing. */
  readonly completeUntil: number
  readonly lines: readonly ChartLine[]
  /** Requests whose figures are estimates, or unknown and left out. */
  readonly estimatedRequests: number
  readonly unknownRequests: number
}

const stepSeconds = { minute: 60, hour: 3600, day: 86_400 } as const

/** Puts the answers for each line together. Null until all are there, or when they are of different steps. */
export function toChartData(
  titles: readonly string[],
  bodies: readonly (TimeseriesBody | undefined)[],
  unit: ChartUnit,
): ChartData | null {
  const [first] = bodies
  if (!first) return null
  const lines: ChartLine[] = []
  for (const [index, body] of bodies.entries()) {
    // Answers that were asked for on both sides of a step's beginning do not fit together; the next refresh mends it.
    if (!body || body.times.length !== first.times.length || body.times[0] !== first.times[0]) return null
    const points = body.series[0]?.points ?? body.times.map(() => null)
    lines.push({
      metric: body.metric,
      title: titles[index] ?? body.metric,
      values: points.map((point) => (point === null ? null : Number(point))),
      texts: points.map((point) => formatPoint(point, unit)),
    })
  }
  return {
    times: first.times.map((time) => Date.parse(time) / 1000),
    stepSeconds: stepSeconds[first.step],
    completeUntil: Date.parse(first.complete_until) / 1000,
    lines,
    estimatedRequests: first.estimated_requests,
    unknownRequests: first.unknown_requests,
  }
}

/** True when there is anything to draw. */
export function hasAnything({ lines }: ChartData): boolean {
  return lines.some(({ values }) => values.some((value) => value !== null && value !== 0))
}

/** A value with its unit. */
export function formatPoint(point: number | string | null, unit: ChartUnit): string {
  if (point === null) return "–"
  switch (unit) {
    case "count":
      return formatCount(Number(point))
    case "usd":
      return formatUsd(String(point)) ?? "–"
    case "share":
      return formatShare(Number(point))
    case "duration":
      return formatDuration(Number(point))
  }
}

const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 })

/** A value beside an axis, where there is little room. */
export function formatTick(value: number, unit: ChartUnit): string {
  if (unit === "count") return compact.format(value)
  if (unit === "usd") return formatUsd(value.toFixed(9)) ?? ""
  return formatPoint(value, unit)
}
