import type { CombinedDimension } from "@sluice/protocol/api/figures"
import { type SQL, sql } from "drizzle-orm"
import type { Transaction } from "../../platform/database/database.ts"
import type { RollupScope } from "./collect-rollups.ts"
import type { Durations, MetricSums } from "./figures.ts"
import { type MetricCount, type MetricSum, metricCounts, metricSums } from "./rollup-columns.ts"
import { Sketch } from "./sketch.ts"
import type { Slice } from "./span.ts"

/** Which series count; a value that is null or absent: any. An empty text finds those without one. */
export type SeriesFilters = Readonly<Partial<Record<CombinedDimension, string | null>>>

/** What is asked of rollups: whose, which series, when. */
export interface FigureQuestion {
  readonly scope: RollupScope
  readonly filters: SeriesFilters
  readonly slices: readonly Slice[]
}

/** The columns of a combined dimension: its value, and whether it stands for all others. */
export const dimensionColumns: Readonly<Record<CombinedDimension, { readonly value: SQL; readonly other: SQL }>> = {
  feature: { value: sql.raw("feature"), other: sql.raw("feature_other") },
  model: { value: sql.raw("model"), other: sql.raw("model_other") },
  provider: { value: sql.raw("provider"), other: sql.raw("false") },
  key: { value: sql.raw("key_id::text"), other: sql.raw("false") },
}

/** A condition that is true of the series asked for. */
export function seriesCondition(filters: SeriesFilters): SQL {
  const conditions = [sql`true`]
  for (const [dimension, value] of Object.entries(filters)) {
    if (value === null || value === undefined) continue
    if (dimension === "key") conditions.push(sql`key_id = ${value}::uuid`)
    else if (dimension === "provider") conditions.push(sql`provider = ${value}`)
    else {
      const columns = dimensionColumns[dimension as CombinedDimension]
      conditions.push(sql`${columns.value} = ${value} AND NOT ${columns.other}`)
    }
  }
  return sql.join(conditions, sql` AND `)
}

/** The rows of `metric_rollups` that make up the slices: each a range of the primary key. */
export function rollupRows({ scope, filters, slices }: FigureQuestion): SQL {
  const parts = slices.map(
    ({ grain, from, to }) => sql`
    SELECT * FROM metric_rollups WHERE ${inScope(scope)} AND grain = ${sql.raw(`'${grain}'`)}
      AND bucket >= ${toTime(from)}::timestamptz AND bucket < ${toTime(to)}::timestamptz AND ${seriesCondition(filters)}`,
  )
  return parts.length > 0 ? sql.join(parts, sql` UNION ALL `) : sql`SELECT * FROM metric_rollups WHERE false`
}

export const toTime = (time: number): string => new Date(time).toISOString()

export const inScope = ({ organization_id, project_id }: RollupScope): SQL =>
  sql`organization_id = ${organization_id}::uuid AND project_id = ${project_id}::uuid`

/** What `toMetricSums` reads. */
export const metricColumns: SQL = sql.raw(
  [
    ...metricCounts.map((name) => `coalesce(sum(${name}), 0)::float8 AS ${name}`),
    ...metricSums.map((name) => `sum(${name})::text AS ${name}`),
    "coalesce(sum(requests) FILTER (WHERE feature = '' AND NOT feature_other), 0)::float8 AS untagged",
  ].join(", "),
)

/** A row that `metricColumns` gave. */
export type MetricRow = Readonly<Record<MetricCount | "untagged", number>> &
  Readonly<Record<MetricSum, string | null>> &
  Record<string, unknown>

export const toMetricSums = (row: MetricRow): MetricSums => ({
  counts: row,
  sums: row,
  untagged: row.untagged,
})

/** What all the series came to. */
export async function readSums(tx: Transaction, question: FigureQuestion): Promise<MetricSums> {
  const { rows } = await tx.execute<MetricRow>(sql`SELECT ${metricColumns} FROM (${rollupRows(question)}) AS slices`)
  const [row] = rows
  if (!row) throw new Error("an aggregate without groups gives one row")
  return toMetricSums(row)
}

/** What one value of a dimension came to, as far as a list of the busiest shows it. */
export interface ValueSums {
  readonly dimension: "feature" | "model" | "provider"
  readonly value: string
  readonly other: boolean
  readonly requests: number
  readonly errors: number
  readonly cost_usd: string | null
  readonly cost_unknown: number
}

/** The values of features, models and providers, in one reading. */
export async function readValueSums(tx: Transaction, question: FigureQuestion): Promise<readonly ValueSums[]> {
  const { rows } = await tx.execute<ValueSums & Record<string, unknown>>(sql`
    SELECT CASE WHEN grouping(feature) = 0 THEN 'feature' WHEN grouping(model) = 0 THEN 'model' ELSE 'provider' END
        AS dimension,
      coalesce(feature, model, provider) AS value, coalesce(feature_other, model_other, false) AS other,
      sum(requests)::float8 AS requests, sum(errors)::float8 AS errors, sum(cost_usd)::text AS cost_usd,
      sum(cost_no_price + cost_no_usage + cost_no_provider)::float8 AS cost_unknown
    FROM (${rollupRows(question)}) AS slices
    GROUP BY GROUPING SETS ((feature, feature_other), (model, model_other), (provider))`)
  return rows
}

/** Durations of all series together, of whole hours: without filters from the sketches of the project as a whole. */
export async function readDurations(tx: Transaction, { scope, filters, slices }: FigureQuestion): Promise<Durations> {
  const total = Object.values(filters).every((value) => value === null || value === undefined)
  const latency = new Sketch()
  const firstToken = new Sketch()
  for (const { grain, from, to } of slices) {
    const { rows } = await tx.execute<{ latency: number[]; first_token: number[] }>(sql`
      SELECT array_to_json(latency) AS latency, array_to_json(first_token) AS first_token FROM metric_sketches
      WHERE ${inScope(scope)} AND grain = ${grain} AND total = ${total} AND bucket >= ${toTime(from)}::timestamptz
        AND bucket < ${toTime(to)}::timestamptz AND ${total ? sql`true` : seriesCondition(filters)}`)
    for (const row of rows) {
      latency.merge(row.latency)
      firstToken.merge(row.first_token)
    }
  }
  return { latency, firstToken }
}
