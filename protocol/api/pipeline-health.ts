import { z } from "zod"
import type { DropReason } from "../drain.ts"

/**
 * Whether every finished request became a row. Cumulative since the installation began:
 * `received = stored + dropped (all reasons) + spooled + queue_depth`. What a crash took is apart, as an interval,
 * because nobody can know it exactly.
 */
export interface PipelineHealthBody {
  readonly received: number
  readonly stored: number
  readonly spooled: number
  readonly queue_depth: number
  readonly dropped: Readonly<Record<DropReason, number>>
  readonly lost_to_crash: {
    readonly at_least: number
    readonly at_most: number
    readonly crashes: readonly {
      readonly instance: string
      readonly at_least: number
      readonly at_most: number
      readonly last_heard_at: string
    }[]
  }
  /** How much of what is missing somebody has seen, and who that was; null: nobody has said so. */
  readonly acknowledged: {
    /** Of all that was dropped. */
    readonly dropped: number
    /** Of `lost_to_crash.at_most`. */
    readonly lost_to_crash: number
    readonly at: string
    readonly by: string
  } | null
  readonly gateways: readonly {
    readonly instance: string
    readonly last_heard_at: string
    readonly snapshot_version: string | null
  }[]
  /** Scheduled backups of this installation. */
  readonly backup: {
    /** Null: none are scheduled here. */
    readonly every_seconds: number | null
    /** When the data of the newest verified backup was as it is in there. */
    readonly last_backup_at: string | null
    /** Why the last attempt failed; null when it did not. */
    readonly failure: string | null
    /** There is none younger than two intervals. */
    readonly overdue: boolean
  }
}

const seen = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)

/**
 * The body of `POST pipeline-health/acknowledge`: how much the caller has seen to be missing. What is lost later, or was never
 * shown, stays news; the counts themselves are kept for ever.
 */
export const AcknowledgeLosses = z.strictObject({ dropped: seen, lost_to_crash: seen })
export type AcknowledgeLosses = z.infer<typeof AcknowledgeLosses>
