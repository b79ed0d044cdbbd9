import type { LastUse } from "../../domains/requests/index.ts"
import type { Job } from "../scheduler.ts"

/** A busy key's row is written once a minute, not with every request. */
export const recordLastUseJob = (lastUse: Pick<LastUse, "flush">): Job => ({
  name: "record-last-use",
  everyMs: 60_000,
  run: () => lastUse.flush(),
})
