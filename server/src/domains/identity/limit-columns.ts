import type { Limits } from "@sluice/protocol/limits"

/** The columns in which keys and organizations keep their limits; null: none. */
export interface LimitColumns {
  readonly requestsPerMinute: number | null
  readonly tokensPerMinute: number | null
  readonly concurrentStreams: number | null
  readonly concurrentRequests: number | null
}

/** Limits from a row. */
export const toLimits = (row: LimitColumns): Limits => ({
  requests_per_minute: row.requestsPerMinute,
  tokens_per_minute: row.tokensPerMinute,
  concurrent_streams: row.concurrentStreams,
  concurrent_requests: row.concurrentRequests,
})

/** Limits as columns of a row. */
export const toLimitColumns = (limits: Limits): LimitColumns => ({
  requestsPerMinute: limits.requests_per_minute,
  tokensPerMinute: limits.tokens_per_minute,
  concurrentStreams: limits.concurrent_streams,
  concurrentRequests: limits.concurrent_requests,
})
