import type { Limits, LimitsChange } from "@sluice/protocol/limits"

/** Limits with a change applied: null lifts one, what is absent stays. */
export function changeLimits(limits: Limits, change: LimitsChange | undefined): Limits {
  if (!change) return limits
  const pick = (name: keyof Limits): number | null => (change[name] === undefined ? limits[name] : change[name])
  return {
    requests_per_minute: pick("requests_per_minute"),
    tokens_per_minute: pick("tokens_per_minute"),
    concurrent_streams: pick("concurrent_streams"),
    concurrent_requests: pick("concurrent_requests"),
  }
}
