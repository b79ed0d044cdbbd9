import { z } from "zod"
import type { ErrorCategory } from "../error-codes.ts"
import { type FiguresBody, type Period, periods } from "./figures.ts"

/** `GET overview?period=`. */
export const OverviewQuery = z.strictObject({ period: z.enum(periods).default("last_24h") })
export type OverviewQuery = z.infer<typeof OverviewQuery>

/** Why figures cover less than their span says: the project is younger, or older requests are still being counted. */
export type PartialReason = "younger_than_period" | "back_fill"

/** One of the busiest values of a dimension, with the figures of the span before for comparison. */
export interface TopItem {
  /** Null: requests without one, or, when `other` is true, all values beyond those that are counted apart. */
  readonly value: string | null
  readonly other: boolean
  readonly requests: number
  readonly errors: number
  readonly error_rate: number | null
  /** Null when no cost is known. */
  readonly cost_usd: string | null
  readonly cost_unknown_requests: number
  readonly previous: {
    readonly requests: number
    readonly errors: number
    readonly cost_usd: string | null
  }
}

/** A request that failed, as far as a list shows it; `GET requests/{id}` has the rest. */
export interface FailureItem {
  readonly id: string
  readonly finished_at: string
  readonly status: number
  readonly error_code: string | null
  readonly error_category: ErrorCategory | null
  readonly feature: string | null
  readonly model: string | null
  readonly provider: string | null
  readonly latency_ms: number
}

/** What a project did in a period, reckoned once a minute. Times are RFC 3339 in UTC. */
export interface OverviewSummary {
  readonly from: string
  /** Past `as_of` by less than the minute or hour it ends. */
  readonly to: string
  /** When this was reckoned: requests stored later are not in it. */
  readonly as_of: string
  /** True when the figures cover less than the period; `partial_reasons` says why. */
  readonly partial: boolean
  readonly partial_reasons: readonly PartialReason[]
  /** Percentiles cover whole hours: from this time, at or up to an hour before `from`, on. */
  readonly percentiles_from: string
  readonly current: FiguresBody
  /** The span of the same length just before. */
  readonly previous: FiguresBody
  /** P95 of latency against the organization's own target; `unset` without a target, `unknown` without requests. */
  readonly latency_target: {
    readonly p95_ms: number | null
    readonly status: "within" | "over" | "unset" | "unknown"
  }
  /** At most ten each, busiest first. */
  readonly top_features: readonly TopItem[]
  readonly top_models: readonly TopItem[]
  readonly top_providers: readonly TopItem[]
  /** At most twenty, newest first. */
  readonly recent_failures: readonly FailureItem[]
}

/** The Overview of the caller's project. `summary` is null until it was reckoned for the first time (about a minute). */
export interface OverviewBody {
  readonly period: Period
  readonly summary: OverviewSummary | null
  /** A sentence that says why there is no summary; null when there is one. */
  readonly pending_reason: string | null
}
