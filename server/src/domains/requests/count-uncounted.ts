import type { UncountedStore } from "./uncounted-store.ts"

/** Rows of one transaction. */
const chunkRows = 500

/** Rows of one run, so that a run is short; the next goes on where it ended. */
const runRows = 10_000

/** Counts requests that were stored before there were figures, in bounded steps. Gives how many; does no harm twice. */
export async function countUncounted(store: Pick<UncountedStore, "countSome">): Promise<number> {
  let counted = 0
  while (counted < runRows) {
    const some = await store.countSome(chunkRows)
    counted += some
    if (some < chunkRows) break
  }
  return counted
}
