import type { Repricing } from "../../domains/requests/index.ts"
import type { Job } from "../scheduler.ts"

/** Costs nothing while there is nothing to do: a run looks at requests only after prices changed. */
export const repriceRequestsJob = (repricing: Repricing): Job => ({
  name: "reprice-requests",
  everyMs: 15_000,
  async run() {
    await repricing.run()
  },
})
