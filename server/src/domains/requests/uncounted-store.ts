import { sql } from "drizzle-orm"
import type { Database } from "../../platform/database/database.ts"
import { type CountRows, countedSelection, type SelectedRow, toCountedRow } from "./counted-row-store.ts"

/** Stored requests that no figure has yet: those of a version that kept no figures. */
export interface UncountedStore {
  /** Counts at most `limit` of them, oldest first, in one transaction; gives how many. Any number of processes may do it. */
  countSome(limit: number): Promise<number>
  /** Whether there are any. */
  hasAny(): Promise<boolean>
}

/** Counts each row once: it is marked in the transaction that counts it. */
export function createUncountedStore(
  db: Pick<Database, "inTransaction" | "system">,
  countRows: CountRows,
): UncountedStore {
  return {
    async countSome(limit) {
      let confirm = () => {}
      const counted = await db.inTransaction(async (tx) => {
        const { rows } = await tx.execute<SelectedRow>(sql`
          WITH held AS (
            SELECT finished_at, id FROM request_logs WHERE NOT rolled_up
            ORDER BY finished_at, id LIMIT ${limit} FOR UPDATE SKIP LOCKED)
          UPDATE request_logs AS old SET rolled_up = true FROM held
          WHERE old.finished_at = held.finished_at AND old.id = held.id
          RETURNING ${countedSelection("old")}`)
        confirm = await countRows(tx, rows.map(toCountedRow))
        return rows.length
      })
      confirm()
      return counted
    },
    async hasAny() {
      const { rows } = await db.system.execute<{ any: boolean }>(
        sql`SELECT EXISTS (SELECT 1 FROM request_logs WHERE NOT rolled_up) AS any`,
      )
      return rows[0]?.any === true
    },
  }
}
