import { z } from "zod"
import { limitKinds } from "./limits.ts"

/**
 * The third internal channel: gateway processes share limits out among themselves, with control as the judge.
 *
 * `POST /internal/leases`, `Authorization: Bearer <control token>`, body a JSON `LeaseReport`, answer a `LeaseAnswer`. One
 * report at a time per process: at least every `leaseReportMs`, sooner when a share runs short or was lowered.
 *
 * A process admits a unit (a request, a token, an open stream) only while it holds fewer than its share. Shares of all
 * processes never add up to more than the limit (of requests a minute: and a unit for each further process, at most 5 %): a
 * share grows only by what another process has already said it gave up.
 */
export const leasePath = "/internal/leases"

/** How often a process reports when nothing happens. */
export const leaseReportMs = 1000

/** A process that has said nothing for so long is gone, and its shares are given to the others. */
export const leaseLostMs = 5000

/** Keys and organizations one report, or one answer, may name. */
export const leaseBatchSubjects = 5000

/** Whose limits they are. */
export const limitScopes = ["key", "organization"] as const
export type LimitScope = (typeof limitScopes)[number]

/** Which of how many gateway processes one is, counted from 0. */
export interface ProcessPlace {
  readonly place: number
  readonly processes: number
}

/**
 * What a process may hold of a limit before control has said anything about it: an equal part, and what does not divide is
 * with the first ones. Of a limit smaller than the number of processes the last ones have nothing until control moves it.
 */
export const firstShare = (limit: number, { place, processes }: ProcessPlace): number =>
  Math.floor(limit / processes) + (place < limit % processes ? 1 : 0)

/** A share in proportion to another limit, reckoned alike on both sides; one that lets something through goes on letting something through. */
export const scaleShare = (share: number, from: number, to: number): number =>
  Math.max(share > 0 ? 1 : 0, Math.floor((share * to) / from))

const units = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
const subject = { scope: z.enum(limitScopes), id: z.string().uuid() }

/** One limit at one process. */
export const MeterReport = z.strictObject({
  /** The whole limit, as this process knows it. */
  limit: units,
  /** What it may hold. */
  share: units,
  /** What it holds: taken in the last minute, or open now. */
  held: units,
  /** What was asked for since the last report, refused or not. */
  wanted: units,
  /** For what is by the minute: how much of it comes back in each of the next six tens of seconds. */
  returns: z.array(units).max(6).optional(),
})
export type MeterReport = z.infer<typeof MeterReport>

/** One key or organization at one process. */
export const SubjectReport = z.strictObject({
  ...subject,
  /** Whether a request came since the last report: only then is `limit` news. */
  attempted: z.boolean(),
  meters: z.partialRecord(z.enum(limitKinds), MeterReport),
})
export type SubjectReport = z.infer<typeof SubjectReport>

/** What a process tells. `full`: whatever is not named here, or in the reports that follow, this process never heard of. */
export const LeaseReport = z.strictObject({
  instance: z.string().min(1).max(100),
  epoch: z.string().uuid(),
  /** Gateway processes it believes there are: what `firstShare` was reckoned with. */
  processes: z.number().int().min(1).max(4096),
  /** Which of them it is. */
  place: z.number().int().min(0).max(4095),
  full: z.boolean(),
  /** The last word of a clean stop. */
  final: z.boolean(),
  subjects: z.array(SubjectReport).max(leaseBatchSubjects),
})
export type LeaseReport = z.infer<typeof LeaseReport>

/** Shares of one key or organization. */
export const Lease = z.strictObject({
  ...subject,
  /** Nobody uses it any more: it may be forgotten. */
  forget: z.boolean(),
  shares: z.partialRecord(
    z.enum(limitKinds),
    z.strictObject({
      /** The whole limit that `share` was reckoned from. */
      limit: units,
      share: units,
      /** What other processes held when this was reckoned. */
      elsewhere: units,
    }),
  ),
})
export type Lease = z.infer<typeof Lease>

/** `known: false`: control does not know this process (any more) and needs a full report before it leases anything. */
export const LeaseAnswer = z.strictObject({ known: z.boolean(), leases: z.array(Lease) })
export type LeaseAnswer = z.infer<typeof LeaseAnswer>
