import { z } from "zod"

/**
 * The second internal channel: a gateway process ships finished records to control.
 *
 * `POST /internal/exchanges`, `Authorization: Bearer <control token>`, body a JSON `DrainBatch`. Control answers 200 and
 * a `DrainAck` only after COMMIT; 401 for a wrong token; 413 or 422 when the batch itself can never be accepted (the
 * gateway sets it aside under `spool/rejected`); anything else means "try again later". A batch with no records is a
 * heartbeat; each gateway process sends one at least every `heartbeatMs`.
 */
export const drainPath = "/internal/exchanges"

/** A live process that has said nothing for three of these is counted as lost. */
export const heartbeatMs = 1000

/** Records a batch may hold. */
export const drainBatchRecords = 2000

/** Why a finished record was not kept. */
export const dropReasons = ["ring_full", "spool_full", "rejected", "unserialisable"] as const
export type DropReason = (typeof dropReasons)[number]

const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)

/**
 * Where one gateway process's numbering stands. `opened` counts exchanges begun, `received` those finished and offered
 * to the buffer (so `received` is also the last sequence number given), `ceiling` is a number that `opened` will not
 * pass before a later heartbeat is acknowledged, so that a crash leaves an interval and not a guess.
 */
export const EpochReport = z.strictObject({
  instance: z.string().min(1).max(100),
  epoch: z.string().uuid(),
  started_at: count,
  opened: count,
  received: count,
  ceiling: count,
  /** Records in memory that no acknowledgement covers yet. */
  queued: count,
  /** Records of any epoch waiting in the spool files this process owns, by epoch. */
  spooled: z.record(z.string().uuid(), count),
  dropped: z.partialRecord(z.enum(dropReasons), count),
  /** True in the last report of a clean stop: everything of this epoch is stored, spooled or counted as dropped. */
  final: z.boolean(),
  /** Age of the snapshot in use, in seconds, and where it came from. */
  snapshot_version: z.string().max(64).nullable(),
})
export type EpochReport = z.infer<typeof EpochReport>

/** Records travel unvalidated inside the envelope: control checks each alone, so that one bad one spoils no other. */
export const DrainBatch = z.strictObject({
  report: EpochReport,
  records: z.array(z.unknown()).max(drainBatchRecords),
})
export interface DrainBatch {
  readonly report: EpochReport
  readonly records: readonly unknown[]
}

/**
 * `stored` rows are new, `duplicates` were there already, `rejected` lists positions in the batch that can never be
 * stored, with the reason. `received = stored + duplicates + rejected.length`.
 */
export const DrainAck = z.strictObject({
  stored: count,
  duplicates: count,
  rejected: z.array(z.strictObject({ index: count, reason: z.string().max(500) })),
})
export type DrainAck = z.infer<typeof DrainAck>
