import { type DropReason, dropReasons, type EpochReport } from "@sluice/protocol/drain"

/** What one commit adds to the account of a gateway process's numbering. */
export interface EpochChange {
  readonly epoch: string
  /** What the process itself says; null when another process shipped its records. */
  readonly report: EpochReport | null
  /** The process that ships for it: names the instance of an epoch that we never heard of. */
  readonly shippedBy: string
  readonly stored: number
  readonly rejected: number
}

/** A gateway process's numbering, as stored. Times are milliseconds since 1970. */
export interface Epoch {
  readonly epoch: string
  readonly instance: string
  readonly startedAt: number
  readonly lastHeardAt: number
  readonly opened: number
  readonly received: number
  readonly ceiling: number
  readonly stored: number
  readonly rejected: number
  readonly dropped: Readonly<Partial<Record<DropReason, number>>>
  readonly spooled: Readonly<Record<string, number>>
  readonly snapshotVersion: string | null
  /** True when a clean stop said that nothing more will come. */
  readonly ended: boolean
}

/** Two reports of one process as one: counters only grow, and what is in the spool is as the later of them says. */
export function mergeReports(first: EpochReport, second: EpochReport): EpochReport {
  const [older, newer] = second.received >= first.received ? [first, second] : [second, first]
  const dropped: Partial<Record<DropReason, number>> = {}
  for (const reason of dropReasons) {
    const count = Math.max(older.dropped[reason] ?? 0, newer.dropped[reason] ?? 0)
    if (count > 0) dropped[reason] = count
  }
  return {
    ...newer,
    opened: Math.max(older.opened, newer.opened),
    ceiling: Math.max(older.ceiling, newer.ceiling),
    dropped,
    final: older.final || newer.final,
  }
}

/**
 * A report with what it ships taken out of the spool: it was written before the shipment was stored. Only other
 * processes' records certainly come from there; its own may come from memory.
 */
export function withoutSettled(report: EpochReport, settled: ReadonlyMap<string, number>): EpochReport {
  const spooled: Record<string, number> = {}
  for (const [epoch, count] of Object.entries(report.spooled)) {
    spooled[epoch] = epoch === report.epoch ? count : Math.max(0, count - (settled.get(epoch) ?? 0))
  }
  return { ...report, spooled }
}
