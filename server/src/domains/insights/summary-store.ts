import type { Period } from "@sluice/protocol/api/figures"
import { type SQL, sql } from "drizzle-orm"
import type { Database } from "../../platform/database/database.ts"
import type { RollupScope } from "./collect-rollups.ts"
import { inScope, readDurations, readSums, readValueSums, toTime, type ValueSums } from "./figure-store.ts"
import type { Durations, MetricSums } from "./figures.ts"
import { type Span, toHourSlices, toSlices } from "./span.ts"
import { type Summary, summaryFormat } from "./summary.ts"

/** What rollups say of a span. */
export interface SpanReading {
  readonly sums: MetricSums
  readonly values: readonly ValueSums[]
  readonly durations: Durations
}

/** A summary that is to be reckoned. */
export interface DueSummary extends RollupScope {
  readonly period: Period
  /** How often something had arrived for the project when this was found due. */
  readonly changes: number
}

/** What is known of a project apart from its requests. */
export interface ProjectFacts {
  /** When it began, or its oldest figures, in milliseconds since 1970. */
  readonly since: number
  readonly latencyTargetMs: number | null
}

/** Summaries and what they are made of. */
export interface SummaryStore {
  /**
   * Summaries that do not exist, whose project changed, or that grew old: those that count something at all move on with time.
   * @param olderThan by period, in milliseconds since 1970
   */
  listDue(olderThan: Readonly<Record<Period, number>>, limit: number): Promise<readonly DueSummary[]>
  /** @param percentiles a span of whole hours, for the durations */
  readSpan(scope: RollupScope, span: Span, percentiles: Span): Promise<SpanReading>
  readFacts(scope: RollupScope): Promise<ProjectFacts>
  write(due: DueSummary, summary: Summary, now: number): Promise<void>
  /** Null until it was reckoned, and when another version wrote it. */
  find(scope: RollupScope, period: Period): Promise<Summary | null>
}

/** Reads as the tenant; what finds out about all tenants, and writes, is the system's. */
export function createSummaryStore({ system, inTenant }: Pick<Database, "system" | "inTenant">): SummaryStore {
  return {
    async listDue(olderThan, limit) {
      const { rows } = await system.execute<DueSummary & Record<string, unknown>>(dueSummaries(olderThan, limit))
      return rows
    },
    readSpan: (scope, span, percentiles) =>
      inTenant(scope.organization_id, async (tx) => {
        const question = { scope, filters: {}, slices: toSlices(span) }
        const sums = await readSums(tx, question)
        const values = await readValueSums(tx, question)
        const durations = await readDurations(tx, { scope, filters: {}, slices: toHourSlices(percentiles) })
        return { sums, values, durations }
      }),
    readFacts: (scope) =>
      inTenant(scope.organization_id, async (tx) => {
        const { rows } = await tx.execute<{ since: number; target: number | null }>(sql`
          SELECT (extract(epoch FROM least(projects.created_at, (
              SELECT min(bucket) FROM metric_rollups
              WHERE ${inScope(scope)} AND grain = 'day'))) * 1000)::float8 AS since,
            organizations.latency_target_ms AS target
          FROM projects JOIN organizations ON organizations.id = projects.organization_id
          WHERE projects.id = ${scope.project_id}::uuid`)
        return { since: rows[0]?.since ?? 0, latencyTargetMs: rows[0]?.target ?? null }
      }),
    async write({ organization_id, project_id, period, changes }, summary, now) {
      const empty = summary.current.requests === 0 && summary.previous.requests === 0
      await system.execute(sql`
        INSERT INTO dashboard_summaries (organization_id, project_id, period, computed_at, empty, seen_changes, summary)
        VALUES (${organization_id}, ${project_id}, ${period}, ${toTime(now)}, ${empty}, ${changes},
          ${JSON.stringify(summary)}::text::jsonb)
        ON CONFLICT (organization_id, project_id, period) DO UPDATE
        SET computed_at = excluded.computed_at, empty = excluded.empty, seen_changes = excluded.seen_changes,
          summary = excluded.summary`)
    },
    find: (scope, period) =>
      inTenant(scope.organization_id, async (tx) => {
        const { rows } = await tx.execute<{ summary: Summary }>(sql`
          SELECT summary FROM dashboard_summaries WHERE ${inScope(scope)} AND period = ${period}`)
        const [row] = rows
        return row?.summary.format === summaryFormat ? row.summary : null
      }),
  }
}

function dueSummaries(olderThan: Readonly<Record<Period, number>>, limit: number): SQL {
  const list = Object.entries(olderThan).map(([period, time]) => ({ period, older_than: toTime(time) }))
  return sql`
    SELECT projects.organization_id, projects.id AS project_id, periods.period,
      coalesce(held.changes, 0)::float8 AS changes
    FROM projects
    CROSS JOIN jsonb_to_recordset(${JSON.stringify(list)}::text::jsonb) AS periods (period text, older_than timestamptz)
    LEFT JOIN dashboard_summaries AS held
      ON held.organization_id = projects.organization_id AND held.project_id = projects.id
        AND held.period = periods.period
    WHERE held.period IS NULL OR held.changes <> held.seen_changes
      OR (NOT held.empty AND held.computed_at < periods.older_than)
    ORDER BY held.computed_at NULLS FIRST LIMIT ${limit}`
}
