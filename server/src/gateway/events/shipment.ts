import { DrainAck, drainPath, type EpochReport } from "@sluice/protocol/drain"
import type { ControlChannel } from "../control-channel.ts"

/** What became of a batch. */
export type ShipmentOutcome =
  /** Committed; `rejected` are positions that control will never store, and counted itself. */
  | { readonly kind: "stored"; readonly rejected: readonly number[] }
  /** Control is away, busy or does not know us: try again later. */
  | { readonly kind: "later"; readonly reason: string }
  /** This batch can never be taken as it is (413, 422). */
  | { readonly kind: "refused" }

/** Milliseconds a batch may take to be stored. */
const shipTimeoutMs = 5000

/** Sends records, already JSON, with the report of this process. Never throws. */
export async function ship(
  channel: ControlChannel,
  report: EpochReport,
  lines: readonly string[],
): Promise<ShipmentOutcome> {
  const body = `{"report":${JSON.stringify(report)},"records":[${lines.join(",")}]}`
  try {
    const { status, text } = await channel.post(drainPath, body, shipTimeoutMs)
    if (status === 413 || status === 422) return { kind: "refused" }
    if (status !== 200) return { kind: "later", reason: `control answered ${status}` }
    const ack = DrainAck.parse(JSON.parse(text))
    return { kind: "stored", rejected: ack.rejected.map(({ index }) => index) }
  } catch (error) {
    return { kind: "later", reason: error instanceof Error ? error.message : String(error) }
  }
}
