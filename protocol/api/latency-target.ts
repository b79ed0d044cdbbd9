import { z } from "zod"

/**
 * `GET|PATCH organization/latency-target`: what 95 of 100 requests of the caller's organization should not take longer than,
 * in milliseconds; null: no target. The Overview is held against it within a minute.
 */
export interface LatencyTargetBody {
  readonly organization_id: string
  readonly latency_target_ms: number | null
}

/** The body of `PATCH organization/latency-target`. An hour is the most. */
export const ChangeLatencyTarget = z.strictObject({
  latency_target_ms: z.number().int().min(1).max(3_600_000).nullable(),
})
export type ChangeLatencyTarget = z.infer<typeof ChangeLatencyTarget>
