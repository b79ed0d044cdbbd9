import type { Limits } from "@sluice/protocol/limits"

/** Limits as a request needs them: null when nothing is limited, so that this is all an unlimited request looks at. */
export function toHotLimits(limits: Limits): Limits | null {
  const { requests_per_minute, tokens_per_minute, concurrent_streams, concurrent_requests } = limits
  const isLimited =
    requests_per_minute !== null ||
    tokens_per_minute !== null ||
    concurrent_streams !== null ||
    concurrent_requests !== null
  return isLimited ? limits : null
}
