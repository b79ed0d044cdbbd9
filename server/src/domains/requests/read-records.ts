import { ExchangeRecord } from "@sluice/protocol/exchange-record"

/** A record that can never be stored: its position in the batch, and why. */
export interface RejectedRecord {
  readonly index: number
  readonly reason: string
  /** The numbering it says it belongs to; null when that is not readable. */
  readonly epoch: string | null
}

/** A record of the right shape, with its position in the batch. */
export interface ReadRecord {
  readonly index: number
  readonly record: ExchangeRecord
}

/** Times a `timestamptz` can be given in four-digit years. */
const latestTime = Date.parse("9999-12-31T00:00:00Z")

/** Checks each record of a batch alone, so that one that is wrong spoils no other. */
export function readRecords(records: readonly unknown[]): {
  readonly accepted: readonly ReadRecord[]
  readonly rejected: readonly RejectedRecord[]
} {
  const accepted: ReadRecord[] = []
  const rejected: RejectedRecord[] = []
  records.forEach((candidate, index) => {
    const result = ExchangeRecord.safeParse(candidate)
    if (!result.success) {
      const [issue] = result.error.issues
      const reason = issue ? `${issue.path.join(".") || "record"}: ${issue.message}` : "not an exchange record"
      rejected.push({ index, reason: reason.slice(0, 200), epoch: readEpoch(candidate) })
      return
    }
    const record = result.data
    if (record.started_at > latestTime || record.finished_at > latestTime) {
      rejected.push({ index, reason: "finished_at: not a time before the year 9999", epoch: record.epoch })
      return
    }
    accepted.push({ index, record })
  })
  return { accepted, rejected }
}

const epochPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

function readEpoch(candidate: unknown): string | null {
  if (typeof candidate !== "object" || candidate === null || !("epoch" in candidate)) return null
  const { epoch } = candidate
  return typeof epoch === "string" && epochPattern.test(epoch) ? epoch : null
}
