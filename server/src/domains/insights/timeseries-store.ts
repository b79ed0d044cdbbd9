import type { CombinedDimension } from "@sluice/protocol/api/figures"
import type { TimeseriesStep } from "@sluice/protocol/api/timeseries"
import { type SQL, sql } from "drizzle-orm"
import type { Database, Transaction } from "../../platform/database/database.ts"
import type { RollupScope } from "./collect-rollups.ts"
import { dimensionColumns, inScope, type SeriesFilters, seriesCondition, toTime } from "./figure-store.ts"
import { Sketch } from "./sketch.ts"
import type { Span } from "./span.ts"

/** Which points are asked for. */
export interface PointQuestion {
  readonly scope: RollupScope
  readonly filters: SeriesFilters
  readonly span: Span
  readonly step: TimeseriesStep
  readonly groupBy: CombinedDimension | null
}

/** Sums of one step and group; `group` is the position of its value, null for all that has none. */
export interface Point {
  /** The start of the step, in milliseconds since 1970. */
  readonly bucket: number
  readonly group: number | null
  readonly requests: number
  readonly errors: number
  readonly cost_unknown: number
  readonly usage_unknown: number
  readonly usage_estimated: number
  readonly first_tokens: number
  readonly cost_usd: string | null
  readonly input_tokens: string | null
  readonly output_tokens: string | null
  readonly cache_read_tokens: string | null
  readonly cache_write_tokens: string | null
  readonly reasoning_tokens: string | null
  readonly latency_us: string | null
  readonly first_token_us: string | null
}

/** Durations of one step and group. */
export interface DurationPoint {
  readonly bucket: number
  readonly group: number | null
  readonly sketch: Sketch
}

/** Rollups as series of points. */
export interface TimeseriesStore {
  /** The busiest values of the dimension, most requests first; `other` is not one of them. */
  listBusiest(
    question: PointQuestion & { readonly groupBy: CombinedDimension },
    limit: number,
  ): Promise<readonly string[]>
  readPoints(question: PointQuestion, values: readonly string[]): Promise<readonly Point[]>
  /** Null when there are too many series and steps to merge them for one answer. */
  readDurations(
    question: PointQuestion,
    values: readonly string[],
    duration: "latency" | "first_token",
  ): Promise<readonly DurationPoint[] | null>
  /** Names of keys by their UUID, as far as they exist. */
  readKeyNames(scope: RollupScope, ids: readonly string[]): Promise<ReadonlyMap<string, string>>
}

/** Sketches read for one answer. */
const mostSketches = 40_000

/** Reads as the tenant, from ranges of primary keys. */
export const createTimeseriesStore = ({ inTenant }: Pick<Database, "inTenant">): TimeseriesStore => ({
  listBusiest: (question, limit) =>
    inTenant(question.scope.organization_id, async (tx) => {
      const { value, other } = dimensionColumns[question.groupBy]
      const { rows } = await tx.execute<{ value: string }>(sql`
        SELECT ${value} AS value FROM metric_rollups WHERE ${inQuestion(question)} AND NOT ${other}
        GROUP BY 1 ORDER BY sum(requests) DESC, 1 LIMIT ${limit}`)
      return rows.map((row) => row.value)
    }),
  readPoints: (question, values) =>
    inTenant(question.scope.organization_id, async (tx) => {
      const { rows } = await tx.execute<Point & Record<string, unknown>>(selectPoints(question, values))
      return rows
    }),
  readDurations: (question, values, duration) =>
    inTenant(question.scope.organization_id, (tx) => readDurations(tx, { question, values, duration })),
  readKeyNames: (scope, ids) =>
    inTenant(scope.organization_id, async (tx) => {
      const { rows } = await tx.execute<{ id: string; name: string }>(sql`
        SELECT id, name FROM api_keys WHERE organization_id = ${scope.organization_id}::uuid
          AND id IN (SELECT value::uuid FROM jsonb_array_elements_text(${JSON.stringify(ids)}::text::jsonb))`)
      return new Map(rows.map(({ id, name }) => [id, name]))
    }),
})

const inQuestion = ({ scope, filters, span, step }: PointQuestion): SQL => sql`
  ${inScope(scope)} AND grain = ${sql.raw(`'${step}'`)} AND bucket >= ${toTime(span.from)}::timestamptz
  AND bucket < ${toTime(span.to)}::timestamptz AND ${seriesCondition(filters)}`

/** Each row with the position of its value in the list. */
function joinGroups(groupBy: CombinedDimension | null, values: readonly string[]): { join: SQL; group: SQL } {
  if (!groupBy) return { join: sql``, group: sql`NULL::int` }
  const { value, other } = dimensionColumns[groupBy]
  const list = JSON.stringify(values.map((name, at) => ({ name, at })))
  return {
    join: sql`LEFT JOIN jsonb_to_recordset(${list}::text::jsonb) AS picked (name text, at int)
      ON picked.name = ${value} AND NOT ${other}`,
    group: sql`picked.at`,
  }
}

const sums = ["requests", "errors", "usage_unknown", "usage_estimated", "first_tokens"]
const texts = [
  "cost_usd",
  "input_tokens",
  "output_tokens",
  "cache_read_tokens",
  "cache_write_tokens",
  "reasoning_tokens",
  "latency_us",
  "first_token_us",
]
const pointColumns = sql.raw(
  [
    ...sums.map((name) => `sum(${name})::float8 AS ${name}`),
    "sum(cost_no_price + cost_no_usage + cost_no_provider)::float8 AS cost_unknown",
    ...texts.map((name) => `sum(${name})::text AS ${name}`),
  ].join(", "),
)

function selectPoints(question: PointQuestion, values: readonly string[]): SQL {
  const { join, group } = joinGroups(question.groupBy, values)
  return sql`
    SELECT (extract(epoch FROM bucket) * 1000)::float8 AS bucket, ${group} AS group, ${pointColumns}
    FROM metric_rollups ${join} WHERE ${inQuestion(question)} GROUP BY bucket, ${group}`
}

interface DurationsWanted {
  readonly question: PointQuestion
  readonly values: readonly string[]
  readonly duration: "latency" | "first_token"
}

async function readDurations(
  tx: Transaction,
  { question, values, duration }: DurationsWanted,
): Promise<readonly DurationPoint[] | null> {
  const { groupBy, filters } = question
  const { join, group } = joinGroups(groupBy, values)
  const total = groupBy === null && Object.values(filters).every((value) => value === null || value === undefined)
  const { rows } = await tx.execute<{ bucket: number; group: number | null; bins: number[] }>(sql`
    SELECT (extract(epoch FROM bucket) * 1000)::float8 AS bucket, ${group} AS group,
      array_to_json(${sql.raw(duration)}) AS bins
    FROM metric_sketches ${join} WHERE ${inQuestion(question)} AND total = ${total} LIMIT ${mostSketches + 1}`)
  if (rows.length > mostSketches) return null
  const points = new Map<string, DurationPoint>()
  for (const { bucket, group: at, bins } of rows) {
    const key = `${bucket} ${at}`
    const point = points.get(key) ?? { bucket, group: at, sketch: new Sketch() }
    points.set(key, point)
    point.sketch.merge(bins)
  }
  return [...points.values()]
}
