import { type PartitionStore, preparePartitions } from "../../domains/requests/index.ts"
import type { Clock } from "../../platform/clock.ts"
import type { Job } from "../scheduler.ts"

/** Tomorrow's partition is there hours before tomorrow. */
export const preparePartitionsJob = (deps: { readonly store: PartitionStore; readonly clock: Clock }): Job => ({
  name: "prepare-partitions",
  everyMs: 60 * 60 * 1000,
  atOnce: true,
  run: () => preparePartitions(deps),
})
