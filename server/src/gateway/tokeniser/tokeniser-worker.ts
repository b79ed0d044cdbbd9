import { parentPort } from "node:worker_threads"
import { type CountJob, countTokens, estimateTokens, type TokenCount } from "./count-tokens.ts"

/**
 * The thread that counts: one `CountJob` comes in, one `TokenCount` goes out, in order. It logs nothing and keeps
 * nothing; when it takes too long it is ended from outside.
 */
parentPort?.on("message", (job: CountJob) => {
  countTokens(job)
    .catch(() => estimateTokens(job))
    .then((count: TokenCount) => parentPort?.postMessage(count))
    .catch(() => process.exit(1))
})
