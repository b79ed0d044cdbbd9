import { type AggregateDeps, aggregate } from "../../domains/insights/index.ts"
import type { Job } from "../scheduler.ts"

/** The Overview is a minute old at most. */
export const aggregateJob = (deps: AggregateDeps): Job => ({
  name: "aggregate",
  everyMs: 60_000,
  atOnce: true,
  async run() {
    await aggregate(deps)
  },
})
