import type { Database } from "../../platform/database/database.ts"
import { ensurePartitions } from "../../platform/database/partitions.ts"

/** The daily partitions of `request_logs`. */
export interface PartitionStore {
  /** Sees to it that this many days from `from` on have one. */
  ensure(from: Date, days: number): Promise<void>
}

/** Makes the day partitions of `request_logs`; one that exists is left as it is. */
export const createPartitionStore = (db: Pick<Database, "inTransaction">): PartitionStore => ({
  async ensure(from, days) {
    await ensurePartitions(db, from, days)
  },
})
