import { z } from "zod"

/** What can be limited: the first two by the minute, the others by how many are open at once. */
export const limitKinds = ["requests", "tokens", "streams", "concurrent_requests"] as const
export type LimitKind = (typeof limitKinds)[number]

/** What a key, or an organization with all its keys, may use at most; null: as much as it likes. */
export interface Limits {
  readonly requests_per_minute: number | null
  readonly tokens_per_minute: number | null
  readonly concurrent_streams: number | null
  readonly concurrent_requests: number | null
}

/** Nothing is limited. */
export const noLimits: Limits = {
  requests_per_minute: null,
  tokens_per_minute: null,
  concurrent_streams: null,
  concurrent_requests: null,
}

/** The greatest number a limit can be. */
export const largestLimit = 1_000_000_000

const limit = z.number().int().min(1).max(largestLimit)

/** Limits as a request of the API gives them: null lifts one, what is absent stays as it is. */
export const LimitsChange = z.strictObject({
  requests_per_minute: limit.nullish(),
  tokens_per_minute: limit.nullish(),
  concurrent_streams: limit.nullish(),
  concurrent_requests: limit.nullish(),
})
export type LimitsChange = z.infer<typeof LimitsChange>

const told = limit.nullable().default(null)

/** Limits as gateways are told of them. What an older version did not know of is not limited. */
export const LimitsEntity = z.strictObject({
  requests_per_minute: told,
  tokens_per_minute: told,
  concurrent_streams: told,
  concurrent_requests: told,
})
