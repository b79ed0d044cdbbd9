import type { Clock } from "../../platform/clock.ts"
import type { PartitionStore } from "./partition-store.ts"

/** Makes today's and tomorrow's partitions. To be called at start and some time before each midnight UTC. */
export async function preparePartitions(deps: {
  readonly store: PartitionStore
  readonly clock: Clock
}): Promise<void> {
  await deps.store.ensure(new Date(deps.clock.now()), 2)
}
