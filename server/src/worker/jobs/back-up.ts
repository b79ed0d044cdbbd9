import type { Job } from "../scheduler.ts"

/** Looks every minute whether a backup is due; the schedule knows, over restarts too. */
export const backUpJob = (schedule: { run(): Promise<void> }): Job => ({
  name: "back-up",
  everyMs: 60_000,
  atOnce: true,
  run: () => schedule.run(),
})
