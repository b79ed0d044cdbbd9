import { type PruneStore, pruneRollups } from "../../domains/insights/index.ts"
import type { Clock } from "../../platform/clock.ts"
import type { Job } from "../scheduler.ts"

/** Minutes, hours and values past their time go a few times a day. */
export const pruneRollupsJob = (deps: { readonly store: PruneStore; readonly clock: Clock }): Job => ({
  name: "prune-rollups",
  everyMs: 6 * 60 * 60 * 1000,
  run: () => pruneRollups(deps),
})
