import { z } from "zod"
import { PageQuery } from "./common.ts"
import {
  type CostFigures,
  type Dimension,
  dimensions,
  FigureFilters,
  type PercentileFigures,
  periods,
  type TokenFigures,
} from "./figures.ts"

/** Fields a breakdown is sorted by; with a `-` in front, largest first. Unknown comes last either way. */
export const breakdownSorts = ["requests", "errors", "error_rate", "cost_usd", "input_tokens", "output_tokens"] as const
export type BreakdownSort = (typeof breakdownSorts)[number]

const sorts = breakdownSorts.flatMap((field) => [field, `-${field}`] as const)

/**
 * `GET breakdowns`. A `period`, or `from` and `to` (widened to whole minutes, and to whole hours for times longer ago than
 * minutes are kept and for `task`, `user` and `session`). Filters combine with `feature`, `model`, `provider` and `key` only.
 */
export const BreakdownsQuery = PageQuery.extend({
  /** Longer than others: it holds a value, and a value may have 256 characters of four bytes. */
  cursor: z.string().max(2048).optional(),
  dimension: z.enum(dimensions),
  period: z.enum(periods).optional(),
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
  sort: z.enum(sorts).default("-requests"),
  ...FigureFilters.shape,
})
export type BreakdownsQuery = z.infer<typeof BreakdownsQuery>

/** What one value of a dimension came to. */
export interface BreakdownItem {
  /** Null: requests without one, or, when `other` is true, all values beyond those that are counted apart. */
  readonly value: string | null
  /** For people, where `value` is an id: the name of a key. */
  readonly name: string | null
  readonly other: boolean
  readonly requests: number
  /** Of all requests of the span; null when there are none. */
  readonly requests_share: number | null
  readonly errors: number
  readonly error_rate: number | null
  readonly cost: Omit<CostFigures, "unknown_by_reason">
  /** `cache_read`, `cache_write` and `reasoning` are null for `task`, `user` and `session`, which do not count them. */
  readonly tokens: TokenFigures
  readonly latency_ms_mean: number | null
  /** Null for `task`, `user` and `session`. Whole hours, as `percentiles_from` says. */
  readonly latency_ms: PercentileFigures | null
  readonly time_to_first_token_ms: PercentileFigures | null
}

/** A page of a breakdown. The cursor keeps the span of the first page. */
export interface BreakdownsBody {
  readonly dimension: Dimension
  readonly from: string
  readonly to: string
  readonly percentiles_from: string
  readonly data: readonly BreakdownItem[]
  readonly next_cursor: string | null
  readonly has_more: boolean
}
