import { countUncounted, type UncountedStore } from "../../domains/requests/index.ts"
import type { Job } from "../scheduler.ts"

/** After an upgrade, figures of what was stored before it appear within minutes; afterwards a run finds nothing to do. */
export const countUncountedJob = (store: Pick<UncountedStore, "countSome">): Job => ({
  name: "count-uncounted",
  everyMs: 15_000,
  atOnce: true,
  async run() {
    await countUncounted(store)
  },
})
