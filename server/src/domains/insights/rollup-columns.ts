import { type ErrorCategory, errorCategories } from "@sluice/protocol/error-codes"

/** The column that counts failures of a category. */
export const errorColumn = (category: ErrorCategory): `errors_${ErrorCategory}` => `errors_${category}`

/** Counters of `metric_rollups`. */
export const metricCounts = [
  "requests",
  "errors",
  ...errorCategories.map(errorColumn),
  "streaming",
  "rule_routed",
  "provider_unknown",
  "drifted",
  "usage_unknown",
  "usage_estimated",
  "cost_no_price",
  "cost_no_usage",
  "cost_no_provider",
  "first_tokens",
] as const
export type MetricCount = (typeof metricCounts)[number]

/** Sums of `metric_rollups`: null until something was told. */
export const metricSums = [
  "input_tokens",
  "output_tokens",
  "cache_read_tokens",
  "cache_write_tokens",
  "reasoning_tokens",
  "cache_told_tokens",
  "cost_usd",
  "latency_us",
  "first_token_us",
] as const
export type MetricSum = (typeof metricSums)[number]

/** Counters of `dimension_rollups`. */
export const dimensionCounts = ["requests", "errors", "usage_unknown", "usage_estimated", "cost_unknown"] as const
export type DimensionCount = (typeof dimensionCounts)[number]

/** Sums of `dimension_rollups`. */
export const dimensionSums = ["input_tokens", "output_tokens", "cost_usd", "latency_us"] as const
export type DimensionSum = (typeof dimensionSums)[number]

/** What tells series apart. */
export const seriesColumns = ["feature", "feature_other", "model", "model_other", "provider", "key_id"] as const

/** Dimensions that are counted one at a time, by the hour. */
export const singleDimensions = ["task", "user", "session"] as const
export type SingleDimension = (typeof singleDimensions)[number]
