import { z } from "zod"
import type { ErrorCategory } from "../error-codes.ts"

/** Spans of time that the Overview and the breakdowns know by name; each ends now. */
export const periods = ["last_24h", "last_7d", "last_30d"] as const
export type Period = (typeof periods)[number]

/** What requests are told apart by. Of `task`, `user` and `session` each is counted on its own, by the hour. */
export const dimensions = ["feature", "model", "provider", "key", "task", "user", "session"] as const
export type Dimension = (typeof dimensions)[number]

/** Dimensions that combine with each other: as filters, and as `group_by` of a time series. */
export const combinedDimensions = ["feature", "model", "provider", "key"] as const
export type CombinedDimension = (typeof combinedDimensions)[number]

/**
 * Filters by combined dimensions. `untagged` finds requests without a feature. `model` is the one that was called, or the one
 * that was asked for when none was called.
 */
export const FigureFilters = z.strictObject({
  feature: z.string().max(100).optional(),
  model: z.string().max(256).optional(),
  provider: z.string().max(64).optional(),
  key: z.string().max(64).optional(),
})
export type FigureFilters = z.infer<typeof FigureFilters>

/** Money that requests came to. What has no known cost is counted and left out of the sum. */
export interface CostFigures {
  /** Exact decimal; null when no request of the span has a known cost. */
  readonly usd: string | null
  /** Requests whose cost is not known, and why. */
  readonly unknown_requests: number
  readonly unknown_by_reason: Readonly<Record<"no_price" | "no_usage" | "no_provider", number>>
  /** Requests whose tokens were counted or estimated by us: above zero, the sum is to be called an estimate. */
  readonly estimated_requests: number
}

/** Tokens by kind; null when no provider told any. `cache_*` are parts of `input`, `reasoning` is part of `output`. */
export interface TokenFigures {
  readonly input: number | null
  readonly output: number | null
  readonly cache_read: number | null
  readonly cache_write: number | null
  readonly reasoning: number | null
  /** Requests of which nobody knows the tokens. */
  readonly unknown_requests: number
}

/** Durations in milliseconds at ranks; within 1 % of the exact value. Null when there is nothing to measure. */
export interface PercentileFigures {
  readonly p50: number | null
  readonly p95: number | null
  readonly p99: number | null
}

/** What a span of time came to. Shares and rates are between 0 and 1, and null where there is nothing to divide by. */
export interface FiguresBody {
  readonly requests: number
  /** Requests that failed: a status of 400 or above (499, the client left, included), or an answer that broke off. */
  readonly errors: number
  readonly error_rate: number | null
  /** Adds up to `errors`; `other` are failures that nobody put into a category. */
  readonly errors_by_category: Readonly<Record<ErrorCategory | "other", number>>
  readonly cost: CostFigures
  readonly tokens: TokenFigures
  readonly latency_ms: PercentileFigures
  readonly time_to_first_token_ms: PercentileFigures
  /** Over the part of the span that has passed. */
  readonly requests_per_minute: number | null
  /** Exact to 12 places; over the part of the span that has passed; null when the cost is. */
  readonly cost_per_hour_usd: string | null
  /** Share of requests that a routing rule sent elsewhere. */
  readonly rule_routed_share: number | null
  /** Share of input tokens read from the provider's cache, of requests whose provider tells. */
  readonly cache_hit_share: number | null
  /** Share of requests without a feature. */
  readonly untagged_share: number | null
  readonly streaming_share: number | null
  /** Share of requests whose model the catalog does not know. */
  readonly provider_unknown_share: number | null
}
