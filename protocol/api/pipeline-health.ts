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
  readonly gateways: readonly {
    readonly instance: string
    readonly last_heard_at: string
    readonly snapshot_version: string | null
  }[]
}
