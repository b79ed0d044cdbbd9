import type { PipelineHealthBody } from "@sluice/protocol/api/pipeline-health"
import { z } from "zod"
import type { Acknowledgement, PipelineHealth } from "../../domains/requests/index.ts"
import { timeSchema } from "../schemas.ts"

const count = z.number().int().min(0)

/** Pipeline health in answers. */
export const PipelineHealthSchema = z
  .strictObject({
    received: count,
    stored: count,
    spooled: count,
    queue_depth: count,
    dropped: z.strictObject({ ring_full: count, spool_full: count, rejected: count, unserialisable: count }),
    lost_to_crash: z.strictObject({
      at_least: count,
      at_most: count,
      crashes: z.array(
        z.strictObject({ instance: z.string(), at_least: count, at_most: count, last_heard_at: timeSchema }),
      ),
    }),
    acknowledged: z.strictObject({ dropped: count, lost_to_crash: count, at: timeSchema, by: z.string() }).nullable(),
    gateways: z.array(
      z.strictObject({ instance: z.string(), last_heard_at: timeSchema, snapshot_version: z.string().nullable() }),
    ),
    backup: z.strictObject({
      every_seconds: count.nullable(),
      last_backup_at: timeSchema.nullable(),
      failure: z.string().nullable(),
      overdue: z.boolean(),
    }),
  })
  .meta({ id: "PipelineHealth" })

/** How scheduled backups went; instants in milliseconds since 1970. */
export interface BackupHealth {
  readonly everyMs: number | null
  readonly lastBackupAt: number | null
  readonly failure: string | null
  readonly isOverdue: boolean
}

/** Pipeline health as the API tells it. */
export const presentPipelineHealth = (
  health: PipelineHealth,
  acknowledgement: Acknowledgement | null,
  backup: BackupHealth,
): PipelineHealthBody => ({
  received: health.received,
  stored: health.stored,
  spooled: health.spooled,
  queue_depth: health.queueDepth,
  dropped: health.dropped,
  lost_to_crash: {
    at_least: health.lost.atLeast,
    at_most: health.lost.atMost,
    crashes: health.crashes.map((crash) => ({
      instance: crash.instance,
      at_least: crash.atLeast,
      at_most: crash.atMost,
      last_heard_at: toTime(crash.lastHeardAt),
    })),
  },
  acknowledged: acknowledgement && {
    dropped: acknowledgement.dropped,
    lost_to_crash: acknowledgement.lostToCrash,
    at: toTime(acknowledgement.at),
    by: acknowledgement.by,
  },
  gateways: health.gateways.map((gateway) => ({
    instance: gateway.instance,
    last_heard_at: toTime(gateway.lastHeardAt),
    snapshot_version: gateway.snapshotVersion,
  })),
  backup: {
    every_seconds: backup.everyMs === null ? null : backup.everyMs / 1000,
    last_backup_at: backup.lastBackupAt === null ? null : toTime(backup.lastBackupAt),
    failure: backup.failure,
    overdue: backup.isOverdue,
  },
})

const toTime = (milliseconds: number): string => new Date(milliseconds).toISOString()
