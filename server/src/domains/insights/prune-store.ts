import { type SQL, sql } from "drizzle-orm"
import type { Database } from "../../platform/database/database.ts"
import type { PruneStore } from "./prune-rollups.ts"

/** Rows deleted by one statement, so that none stops the embedded database for long. */
const statementRows = 2000

/** Deletes by project, because every rollup is found by its project and time. */
export function createPruneStore({ system }: Pick<Database, "system">): PruneStore {
  async function remove(table: SQL, time: SQL, before: Date, more: SQL = sql`true`): Promise<number> {
    const { rowCount } = await system.execute(sql`
      DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
        SELECT old.ctid FROM projects JOIN ${table} AS old
          ON old.organization_id = projects.organization_id AND old.project_id = projects.id
        WHERE old.${time} < ${before.toISOString()}::timestamptz AND ${more} LIMIT ${statementRows}))`)
    return rowCount ?? 0
  }
  return {
    deleteMinutes: (before) => remove(sql`metric_rollups_minute`, sql`bucket`, before, sql`old.grain = 'minute'`),
    async deleteHours(before) {
      const rollups = await remove(sql`metric_rollups_hour`, sql`bucket`, before, sql`old.grain = 'hour'`)
      const sketches = await remove(sql`metric_sketches`, sql`bucket`, before, sql`old.grain = 'hour'`)
      const dimensions = await remove(
        sql`dimension_rollups`,
        sql`hour`,
        before,
        sql`old.dimension IN ('task', 'user', 'session')`,
      )
      return rollups + sketches + dimensions
    },
    deleteValues: (before) =>
      remove(
        sql`rollup_values`,
        sql`bucket`,
        before,
        sql`old.dimension IN ('feature', 'model', 'task', 'user', 'session')`,
      ),
  }
}
