import type { Database } from "../../platform/database/database.ts"
import { gatewayEpochs } from "../../platform/database/schema.ts"
import type { Epoch } from "./epoch.ts"

/** The accounts of all gateway processes there ever were: one row each start. */
export interface EpochStore {
  list(): Promise<readonly Epoch[]>
}

/** The accounts of gateway processes, as their reports left them. */
export function createEpochStore({ system }: Pick<Database, "system">): EpochStore {
  return {
    async list() {
      const rows = await system.select().from(gatewayEpochs)
      return rows.map((row) => ({
        epoch: row.epoch,
        instance: row.instance,
        startedAt: row.startedAt.getTime(),
        lastHeardAt: row.lastHeardAt.getTime(),
        opened: row.opened,
        received: row.received,
        ceiling: row.ceiling,
        stored: row.stored,
        rejected: row.rejected,
        dropped: row.dropped,
        spooled: row.spooled,
        snapshotVersion: row.snapshotVersion,
        ended: row.state === "ended",
      }))
    },
  }
}
