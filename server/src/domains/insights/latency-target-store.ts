import { sql } from "drizzle-orm"
import type { Database } from "../../platform/database/database.ts"

/** The P95 of latency that organizations set themselves as a target, in milliseconds; null: none. */
export interface LatencyTargetStore {
  read(organizationId: string): Promise<number | null>
  /** The organization's summaries are reckoned again. */
  write(organizationId: string, targetMs: number | null): Promise<void>
}

/** Targets as columns of their organizations. */
export const createLatencyTargetStore = (db: Pick<Database, "inTenant" | "inTransaction">): LatencyTargetStore => ({
  read: (organizationId) =>
    db.inTenant(organizationId, async (tx) => {
      const { rows } = await tx.execute<{ target: number | null }>(
        sql`SELECT latency_target_ms AS target FROM organizations WHERE id = ${organizationId}::uuid`,
      )
      return rows[0]?.target ?? null
    }),
  // Summaries are the system's to write.
  write: (organizationId, targetMs) =>
    db.inTransaction(async (tx) => {
      await tx.execute(sql`UPDATE organizations SET latency_target_ms = ${targetMs} WHERE id = ${organizationId}::uuid`)
      await tx.execute(sql`
        UPDATE dashboard_summaries SET changes = changes + 1 WHERE organization_id = ${organizationId}::uuid`)
    }),
})
