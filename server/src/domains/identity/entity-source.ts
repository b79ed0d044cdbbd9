import type { SnapshotEntity, SnapshotEntityKind } from "@sluice/protocol/snapshot"

/**
 * Entities of one kind that another domain stores. Each change of one is written with `recordSnapshotChange`; the hub then
 * asks for it by its id and tells gateways what it is now, or that it is gone.
 */
export interface EntitySource {
  readonly kind: SnapshotEntityKind
  /** All of them, or those with these ids that there still are. */
  load(ids?: readonly string[]): Promise<readonly SnapshotEntity[]>
}
