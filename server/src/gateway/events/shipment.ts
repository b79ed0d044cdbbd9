import { DrainAck, drainPath, type EpochReport } from "@sluice/protocol/drain"
import type { ControlChannel } from "../control-channel.ts"

const end = Buffer.from("]}")

/** What became of a batch. */
export type ShipmentOutcome =
  /** Committed; `rejected` are positions of records that control will never store. */
  | { readonly kind: "stored"; readonly rejected: readonly number[] }
  /** Control is away or busy: try again later. `isStranger`: it does not know our token, which nobody but a person can mend. */
  | { readonly kind: "later"; readonly reason: string; readonly isStranger: boolean }
  /** This batch can never be taken as it is (413, 422). */
  | { readonly kind: "refused" }

/**
 * Sends records, already JSON and with commas between them, with the report of this process. The pieces are copied before
 * anything is waited for. Never throws: an abort is one more reason to try later.
 */
export async function ship(
  channel: ControlChannel,
  report: EpochReport,
  records: readonly Buffer[],
  signal: AbortSignal,
): Promise<ShipmentOutcome> {
  const head = Buffer.from(`{"report":${JSON.stringify(report)},"records":[`)
  const body = Buffer.concat([head, ...records, end])
  try {
    const { status, text } = await channel.post(drainPath, body, signal)
    if (status === 413 || status === 422) return { kind: "refused" }
    if (status !== 200) {
      return { kind: "later", reason: `control answered ${status}`, isStranger: status === 401 || status === 403 }
    }
    const ack = DrainAck.parse(JSON.parse(text))
    return { kind: "stored", rejected: ack.rejected.map(({ index }) => index) }
  } catch (error) {
    return { kind: "later", reason: error instanceof Error ? error.message : String(error), isStranger: false }
  }
}
