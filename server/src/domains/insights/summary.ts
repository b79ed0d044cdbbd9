import type { OverviewSummary, PartialReason, TopItem } from "@sluice/protocol/api/overview"
import type { ValueSums } from "./figure-store.ts"
import { share, toFigures, toUsd } from "./figures.ts"
import type { Span } from "./span.ts"
import type { SpanReading } from "./summary-store.ts"

/**
 * What the Overview shows, as it is stored. A failure's id is its UUID. `format` changes with the shape, so that a summary of another
 * version is reckoned again and not misread.
 */
export interface Summary extends OverviewSummary {
  readonly format: typeof summaryFormat
}

export const summaryFormat = 1

/** Values of a dimension that a summary lists. */
const topValues = 10

/** What a summary is made of. Times are milliseconds since 1970. */
export interface SummaryParts {
  readonly spans: { readonly current: Span; readonly previous: Span }
  readonly current: SpanReading
  readonly previous: SpanReading
  readonly failures: Summary["recent_failures"]
  /** When the project began, or its oldest figures. */
  readonly since: number
  /** Whether requests that were stored long ago are still being counted. */
  readonly backFill: boolean
  readonly latencyTargetMs: number | null
  readonly percentilesFrom: number
  readonly now: number
}

/** Puts a summary together. */
export function toSummary(parts: SummaryParts): Summary {
  const { spans, now } = parts
  const current = toFigures(parts.current.sums, parts.current.durations, now - spans.current.from)
  const previous = toFigures(parts.previous.sums, parts.previous.durations, spans.previous.to - spans.previous.from)
  const reasons = partialReasons(parts)
  const top = (dimension: ValueSums["dimension"]) => toTopItems(dimension, parts)
  return {
    format: summaryFormat,
    from: toTime(spans.current.from),
    to: toTime(spans.current.to),
    as_of: toTime(now),
    partial: reasons.length > 0,
    partial_reasons: reasons,
    percentiles_from: toTime(parts.percentilesFrom),
    current,
    previous,
    latency_target: toLatencyTarget(current.latency_ms.p95, parts.latencyTargetMs),
    top_features: top("feature"),
    top_models: top("model"),
    top_providers: top("provider"),
    recent_failures: parts.failures,
  }
}

const toTime = (time: number): string => new Date(time).toISOString()

const partialReasons = ({ since, spans, backFill }: SummaryParts): PartialReason[] => [
  ...(since > spans.current.from ? (["younger_than_period"] as const) : []),
  ...(backFill ? (["back_fill"] as const) : []),
]

function toLatencyTarget(p95: number | null, target: number | null): Summary["latency_target"] {
  if (target === null) return { p95_ms: null, status: "unset" }
  if (p95 === null) return { p95_ms: target, status: "unknown" }
  return { p95_ms: target, status: p95 <= target ? "within" : "over" }
}

function toTopItems(dimension: ValueSums["dimension"], { current, previous }: SummaryParts): TopItem[] {
  const before = new Map(
    previous.values.filter((sums) => sums.dimension === dimension).map((sums) => [keyOf(sums), sums]),
  )
  return current.values
    .filter((sums) => sums.dimension === dimension)
    .sort((a, b) => b.requests - a.requests || (a.value < b.value ? -1 : 1))
    .slice(0, topValues)
    .map((sums) => {
      const earlier = before.get(keyOf(sums))
      return {
        value: sums.value === "" ? null : sums.value,
        other: sums.other,
        requests: sums.requests,
        errors: sums.errors,
        error_rate: share(sums.errors, sums.requests),
        cost_usd: toUsd(sums.cost_usd),
        cost_unknown_requests: sums.cost_unknown,
        previous: {
          requests: earlier?.requests ?? 0,
          errors: earlier?.errors ?? 0,
          cost_usd: toUsd(earlier?.cost_usd ?? null),
        },
      }
    })
}

const keyOf = ({ value, other }: ValueSums): string => `${other} ${value}`
