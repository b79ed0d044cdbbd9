import type { BreakdownSort } from "@sluice/protocol/api/breakdowns"
import { type CombinedDimension, combinedDimensions, type Dimension } from "@sluice/protocol/api/figures"
import { type SQL, sql } from "drizzle-orm"
import type { Database, Transaction } from "../../platform/database/database.ts"
import type { RollupScope } from "./collect-rollups.ts"
import { dimensionColumns, inScope, rollupRows, type SeriesFilters, seriesCondition, toTime } from "./figure-store.ts"
import type { Durations } from "./figures.ts"
import { Sketch } from "./sketch.ts"
import { type Span, toHourSlices, toSlices } from "./span.ts"

/** Where a page ended: what its last item was sorted by (null: unknown), and which it was. */
export interface BreakdownPosition {
  readonly sorted: string | null
  readonly value: string
  readonly other: boolean
}

/** A page of a breakdown. */
export interface BreakdownQuestion {
  readonly scope: RollupScope
  readonly dimension: Dimension
  /** For combined dimensions only. */
  readonly filters: SeriesFilters
  readonly span: Span
  readonly sort: BreakdownSort
  readonly descending: boolean
  readonly after: BreakdownPosition | null
  readonly limit: number
}

/** What one value came to; sums are decimal text. */
export interface BreakdownRow {
  readonly value: string
  readonly other: boolean
  readonly sorted: string | null
  /** Of all values together. */
  readonly all_requests: number
  readonly requests: number
  readonly errors: number
  readonly cost_unknown: number
  readonly usage_unknown: number
  readonly usage_estimated: number
  readonly cost_usd: string | null
  readonly input_tokens: string | null
  readonly output_tokens: string | null
  readonly cache_read_tokens: string | null
  readonly cache_write_tokens: string | null
  readonly reasoning_tokens: string | null
  readonly latency_us: string | null
}

/** Rollups by value. */
export interface BreakdownStore {
  /** One more row than the limit says that there are more. */
  list(question: BreakdownQuestion): Promise<readonly BreakdownRow[]>
  /** Durations of values, in their order. @param span whole hours */
  readDurations(question: BreakdownQuestion, values: readonly BreakdownRow[], span: Span): Promise<readonly Durations[]>
}

/** Reads as the tenant, from ranges of primary keys. */
export const createBreakdownStore = ({ inTenant }: Pick<Database, "inTenant">): BreakdownStore => ({
  list: (question) =>
    inTenant(question.scope.organization_id, async (tx) => {
      const { rows } = await tx.execute<BreakdownRow & Record<string, unknown>>(selectPage(question))
      return rows
    }),
  readDurations: (question, values, span) =>
    inTenant(question.scope.organization_id, (tx) => readDurations(tx, { question, values, span })),
})

/** Whether the dimension combines with others. */
export const isCombined = (dimension: Dimension): dimension is CombinedDimension =>
  (combinedDimensions as readonly Dimension[]).includes(dimension)

const shared = ["requests", "errors", "usage_unknown", "usage_estimated"].map((name) => `sum(${name}) AS ${name}`)
const sharedSums = ["cost_usd", "input_tokens", "output_tokens", "latency_us"].map((name) => `sum(${name}) AS ${name}`)
const combinedSums = ["cache_read_tokens", "cache_write_tokens", "reasoning_tokens"]

/** Rows by value, from the rollups that count the dimension. */
function groups({ scope, dimension, filters, span }: BreakdownQuestion): SQL {
  if (isCombined(dimension)) {
    const { value, other } = dimensionColumns[dimension]
    const columns = [
      ...shared,
      "sum(cost_no_price + cost_no_usage + cost_no_provider) AS cost_unknown",
      ...sharedSums,
      ...combinedSums.map((name) => `sum(${name}) AS ${name}`),
    ]
    return sql`SELECT ${value} AS value, ${other} AS other, ${sql.raw(columns.join(", "))}
      FROM (${rollupRows({ scope, filters, slices: toSlices(span) })}) AS slices GROUP BY 1, 2`
  }
  const columns = [
    ...shared,
    "sum(cost_unknown) AS cost_unknown",
    ...sharedSums,
    ...combinedSums.map((name) => `NULL::numeric AS ${name}`),
  ]
  return sql`SELECT value, other, ${sql.raw(columns.join(", "))} FROM dimension_rollups
    WHERE ${inScope(scope)} AND dimension = ${sql.raw(`'${dimension}'`)}
      AND hour >= ${toTime(span.from)}::timestamptz AND hour < ${toTime(span.to)}::timestamptz GROUP BY 1, 2`
}

/** What a breakdown is sorted by; rows without requests are left out, so that nothing is divided by zero. */
const sortColumns: Readonly<Record<BreakdownSort, string>> = {
  requests: "requests",
  errors: "errors",
  error_rate: "errors / requests",
  cost_usd: "cost_usd",
  input_tokens: "input_tokens",
  output_tokens: "output_tokens",
}

const outcomes = ["all_requests", "requests", "errors", "cost_unknown", "usage_unknown", "usage_estimated"]
const texts = ["sorted", "cost_usd", "input_tokens", "output_tokens", ...combinedSums, "latency_us"]
const pageColumns = sql.raw(
  [...outcomes.map((name) => `${name}::float8 AS ${name}`), ...texts.map((name) => `${name}::text AS ${name}`)].join(
    ", ",
  ),
)

function selectPage(question: BreakdownQuestion): SQL {
  const { sort, descending, after, limit } = question
  return sql`
    SELECT value, other, ${pageColumns} FROM (
      SELECT grouped.*, ${sql.raw(sortColumns[sort])} AS sorted, sum(requests) OVER () AS all_requests
      FROM (${groups(question)}) AS grouped WHERE requests > 0) AS page
    WHERE ${after ? isAfter(after, descending) : sql`true`}
    ORDER BY page.sorted ${sql.raw(descending ? "DESC" : "ASC")} NULLS LAST, value COLLATE "C", other
    LIMIT ${limit + 1}`
}

function isAfter({ sorted, value, other }: BreakdownPosition, descending: boolean): SQL {
  const later = sql`(value COLLATE "C", other) > (${value}, ${other})`
  if (sorted === null) return sql`sorted IS NULL AND ${later}`
  const beyond = sql.raw(descending ? "<" : ">")
  return sql`(sorted ${beyond} ${sorted}::numeric OR sorted IS NULL OR (sorted = ${sorted}::numeric AND ${later}))`
}

interface DurationsWanted {
  readonly question: BreakdownQuestion
  readonly values: readonly BreakdownRow[]
  readonly span: Span
}

async function readDurations(
  tx: Transaction,
  { question, values, span }: DurationsWanted,
): Promise<readonly Durations[]> {
  const found = values.map(() => ({ latency: new Sketch(), firstToken: new Sketch() }))
  const { scope, dimension, filters } = question
  if (!isCombined(dimension)) return found
  const columns = dimensionColumns[dimension]
  const list = JSON.stringify(values.map(({ value, other }, at) => ({ name: value, is_other: other, at })))
  for (const { grain, from, to } of toHourSlices(span)) {
    const { rows } = await tx.execute<{ at: number; latency: number[]; first_token: number[] }>(sql`
      SELECT picked.at, array_to_json(latency) AS latency, array_to_json(first_token) AS first_token
      FROM metric_sketches
      JOIN jsonb_to_recordset(${list}::text::jsonb) AS picked (name text, is_other boolean, at int)
        ON picked.name = ${columns.value} AND picked.is_other = ${columns.other}
      WHERE ${inScope(scope)} AND grain = ${grain} AND NOT total AND bucket >= ${toTime(from)}::timestamptz
        AND bucket < ${toTime(to)}::timestamptz AND ${seriesCondition(filters)}`)
    for (const { at, latency, first_token } of rows) {
      found[at]?.latency.merge(latency)
      found[at]?.firstToken.merge(first_token)
    }
  }
  return found
}
