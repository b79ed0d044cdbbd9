import type { SnapshotEntityKind } from "@sluice/protocol/snapshot"
import { asc, gte, sql } from "drizzle-orm"
import type { Database, Queries } from "../../platform/database/database.ts"
import { snapshotChanges } from "../../platform/database/schema.ts"

/** Any number will do, as long as nothing else locks it. */
const changeLock = 7_304_611

/** One entry of the order in which entities changed. */
export interface SnapshotChange {
  readonly version: number
  readonly kind: string
  readonly entityId: string
}

/**
 * Notes that an entity gateways know of changed. To be the last statement of the transaction that changes it: the lock it
 * takes makes the order of versions the order of commits, and is held until then.
 */
export async function recordSnapshotChange(tx: Queries, kind: SnapshotEntityKind, entityId: string): Promise<void> {
  await recordSnapshotChanges(tx, [{ kind, entityId }])
}

/** As `recordSnapshotChange`, for several entities at once. */
export async function recordSnapshotChanges(
  tx: Queries,
  changes: readonly { readonly kind: SnapshotEntityKind; readonly entityId: string }[],
): Promise<void> {
  await tx.execute(sql`SELECT pg_advisory_xact_lock(${changeLock})`)
  await tx.insert(snapshotChanges).values([...changes])
}

/** The order of changes, for the hub. */
export interface SnapshotChangeStore {
  /** The newest version; 0 when nothing ever changed. */
  newestVersion(): Promise<number>
  /**
   * Changes from `version` on, itself included, in order. When the first is not `version`, it was pruned or the database is
   * an older copy, and whoever asks no longer knows what it missed.
   */
  readFrom(version: number, limit: number): Promise<SnapshotChange[]>
  /** Forgets changes older than that, except the newest. */
  prune(before: Date): Promise<void>
}

/** Reads across organizations: the order is one for the installation. */
export function createSnapshotChangeStore(database: Pick<Database, "system">): SnapshotChangeStore {
  const { system } = database
  return {
    async newestVersion() {
      const rows = await system
        .select({ newest: sql<string | null>`max(${snapshotChanges.version})` })
        .from(snapshotChanges)
      return Number(rows[0]?.newest ?? 0)
    },
    readFrom: (version, limit) =>
      system
        .select({ version: snapshotChanges.version, kind: snapshotChanges.kind, entityId: snapshotChanges.entityId })
        .from(snapshotChanges)
        .where(gte(snapshotChanges.version, version))
        .orderBy(asc(snapshotChanges.version))
        .limit(limit),
    async prune(before) {
      await system.execute(sql`
        DELETE FROM ${snapshotChanges}
        WHERE changed_at < ${before} AND version < (SELECT max(version) FROM ${snapshotChanges})`)
    },
  }
}
