import type { Clock } from "../../platform/clock.ts"
import { dayMs } from "./admitted-values.ts"
import { keepMinutesMs } from "./span.ts"

/** How long hours are kept, of tasks, users and sessions too; days stay for good. Milliseconds. */
export const keepHoursMs = 400 * dayMs

/** How long values that are counted apart are remembered: longer than a price is ever found late. Milliseconds. */
export const keepValuesMs = 120 * dayMs

/** What of the rollups is forgotten. Each call deletes a bounded number of rows and says how many; zero: there is nothing left. */
export interface PruneStore {
  deleteMinutes(before: Date): Promise<number>
  deleteHours(before: Date): Promise<number>
  deleteValues(before: Date): Promise<number>
}

/** Forgets what is past its time, a bounded number of rows at a time. */
export async function pruneRollups(deps: { readonly store: PruneStore; readonly clock: Clock }): Promise<void> {
  const { store, clock } = deps
  const ago = (ageMs: number) => new Date(clock.now() - ageMs)
  while ((await store.deleteMinutes(ago(keepMinutesMs))) > 0);
  while ((await store.deleteHours(ago(keepHoursMs))) > 0);
  while ((await store.deleteValues(ago(keepValuesMs))) > 0);
}
