import { type SQL, sql } from "drizzle-orm"
import type { Transaction } from "../../platform/database/database.ts"
import {
  collectRollups,
  type DimensionGroup,
  type DurationGroup,
  type MetricGroup,
  type RowCount,
} from "./collect-rollups.ts"
import { dimensionCounts, dimensionSums, metricCounts, metricSums, seriesColumns } from "./rollup-columns.ts"
import type { RollupRow } from "./rollup-row.ts"
import { admitValues } from "./rollup-value-store.ts"
import { toColumns } from "./totals.ts"
import { toAdmission, ValueRegistry } from "./value-registry.ts"

/** Groups written by one statement, so that none stops the embedded database for long. */
const statementGroups = 750

/** What grows with every stored row. */
export interface RollupStore {
  /**
   * Adds rows to every rollup, inside the transaction that stores or changes them. What it gives back is to be called after
   * COMMIT, and only then.
   */
  add(tx: Transaction, rows: readonly RollupRow[], how?: RowCount): Promise<() => void>
}

/**
 * The rollups' writer of one process; several may write to one database. Everyone locks in one order (projects whose values
 * are decided, then metrics, then dimensions, each by its key), so that two transactions never wait for each other.
 */
export function createRollupStore(): RollupStore {
  const values = new ValueRegistry()
  return {
    async add(tx, rows, how) {
      if (rows.length === 0) return () => {}
      const examination = values.examine(rows)
      const answers = await admitValues(tx, examination.questions)
      const batch = collectRollups(rows, toAdmission(examination, answers), how)
      for (const groups of chunks(batch.metrics)) await tx.execute(addMetrics(groups))
      for (const groups of chunks(batch.dimensions)) await tx.execute(addDimensions(groups))
      const deltas = batch.durations.length > 0 ? batch.durations.map(toDelta) : toMarks(rows)
      for (const groups of chunks(deltas)) await tx.execute(appendDeltas(groups))
      return () => values.learn(answers)
    },
  }
}

function chunks<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  const parts: (readonly Item[])[] = []
  for (let from = 0; from < items.length; from += statementGroups) parts.push(items.slice(from, from + statementGroups))
  return parts
}

const toTime = (time: number): string => new Date(time).toISOString()

const seriesTypes = "feature text, feature_other boolean, model text, model_other boolean, provider text, key_id uuid"
const metricKey = `organization_id, project_id, grain, bucket, ${seriesColumns.join(", ")}`
const dimensionKey = "organization_id, project_id, dimension, hour, value, other"

const metricTotals = { counts: metricCounts, sums: metricSums }
const dimensionTotals = {
  counts: ["requests", "errors", "usage_unknown", "usage_estimated"],
  sums: dimensionSums,
} as const

const addMetrics = (groups: readonly MetricGroup[]): SQL =>
  upsert({
    table: "metric_rollups",
    key: metricKey,
    keyTypes: `organization_id uuid, project_id uuid, grain text, bucket timestamptz, ${seriesTypes}`,
    counts: metricCounts,
    sums: metricSums,
    rows: groups.map(({ series, grain, bucket, totals }) => ({
      ...series,
      grain,
      bucket: toTime(bucket),
      ...toColumns(totals, metricTotals),
    })),
  })

const addDimensions = (groups: readonly DimensionGroup[]): SQL =>
  upsert({
    table: "dimension_rollups",
    key: dimensionKey,
    keyTypes: "organization_id uuid, project_id uuid, dimension text, hour timestamptz, value text, other boolean",
    counts: dimensionCounts,
    sums: dimensionSums,
    rows: groups.map(({ totals, hour, ...key }) => {
      const { cost_no_price, cost_no_usage, cost_no_provider } = totals.counts
      const cost_unknown = cost_no_price + cost_no_usage + cost_no_provider
      return { ...key, hour: toTime(hour), ...toColumns(totals, dimensionTotals), cost_unknown }
    }),
  })

interface Upsert {
  readonly table: string
  /** Columns of the primary key. */
  readonly key: string
  readonly keyTypes: string
  readonly counts: readonly string[]
  readonly sums: readonly string[]
  /** In the order in which everyone writes them; other fields of them are passed over. */
  readonly rows: readonly object[]
}

/** One statement that adds to the rows that are there and makes those that are not. */
function upsert({ table, key, keyTypes, counts, sums, rows }: Upsert): SQL {
  const types = [...counts.map((name) => `${name} bigint`), ...sums.map((name) => `${name} numeric`)].join(", ")
  const given = [...counts.map((name) => `coalesce(${name}, 0)`), ...sums].join(", ")
  const merged = [
    ...counts.map((name) => `${name} = old.${name} + excluded.${name}`),
    ...sums.map(
      (name) => `${name} = CASE WHEN excluded.${name} IS NULL THEN old.${name}
      ELSE coalesce(old.${name}, 0) + excluded.${name} END`,
    ),
  ].join(", ")
  const columns = [...counts, ...sums].join(", ")
  return sql`
    INSERT INTO ${sql.raw(table)} AS old (${sql.raw(`${key}, ${columns}`)})
    SELECT ${sql.raw(`${key}, ${given}`)}
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) AS new (${sql.raw(`${keyTypes}, ${types}`)})
    ON CONFLICT (${sql.raw(key)}) DO UPDATE SET ${sql.raw(merged)}`
}

/** A row of `metric_sketch_deltas`. */
interface Delta {
  readonly bucket: string
  readonly latency: readonly number[]
  readonly first_token: readonly number[]
}

const toDelta = ({ series, bucket, latency, firstToken }: DurationGroup): Delta => ({
  ...series,
  bucket: toTime(bucket),
  latency: latency.toBins(),
  first_token: firstToken.toBins(),
})

const noKey = "00000000-0000-0000-0000-000000000000"

/** For each project a row without durations, which says that its figures changed. */
function toMarks(rows: readonly RollupRow[]): readonly Delta[] {
  const marks = new Map<string, Delta>()
  for (const { organization_id, project_id } of rows) {
    const series = { feature: "", feature_other: false, model: "", model_other: false, provider: "", key_id: noKey }
    const mark = { organization_id, project_id, ...series, bucket: toTime(0), latency: [], first_token: [] }
    marks.set(project_id, mark)
  }
  return [...marks.values()]
}

const appendDeltas = (deltas: readonly Delta[]): SQL => sql`
  INSERT INTO metric_sketch_deltas (organization_id, project_id, bucket, ${sql.raw(seriesColumns.join(", "))},
    latency, first_token)
  SELECT organization_id, project_id, bucket, ${sql.raw(seriesColumns.join(", "))}, latency, first_token
  FROM jsonb_to_recordset(${JSON.stringify(deltas)}::text::jsonb) AS new (organization_id uuid, project_id uuid,
    bucket timestamptz, ${sql.raw(seriesTypes)}, latency bigint[], first_token bigint[])`
