import type { Operation } from "@sluice/protocol/providers"

/** Bytes of a request's JSON that make a token, on average: English prose has about four, and the JSON around it more. */
const bytesPerToken = 4

/** The running mean counts for no more than this: one long answer must not hold up a minute of short ones. */
const largestExpectedOutput = 4096

/** What is counted in tokens on the way in, and of that what is on the way out. */
const reads: ReadonlySet<Operation> = new Set(["chat", "completions", "embeddings", "moderations", "rerank"])
const writes: ReadonlySet<Operation> = new Set(["chat", "completions"])

/** What a request's tokens are estimated from, before it is sent. */
export interface TokenEvidence {
  readonly operation: Operation
  readonly promptBytes: number
  /** `max_tokens` and its like; null when the body does not say. */
  readonly maxOutputTokens: number | null
  /** Running mean of the caller's answers. */
  readonly meanOutputTokens: number
}

/**
 * Tokens to reserve for a request: a quarter of its bytes, and for an answer in text what the body allows at most or else the
 * caller's running mean, up to 4,096. Files, pictures and counting cost none. What was really used replaces it when the answer is over.
 */
export function estimateTokens(evidence: TokenEvidence): number {
  if (!reads.has(evidence.operation)) return 0
  const input = Math.ceil(evidence.promptBytes / bytesPerToken)
  if (!writes.has(evidence.operation)) return input
  const expected = Math.min(Math.ceil(evidence.meanOutputTokens), largestExpectedOutput)
  return input + (evidence.maxOutputTokens ?? expected)
}
