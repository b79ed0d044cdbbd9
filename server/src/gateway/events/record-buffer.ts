import type { DropReason } from "@sluice/protocol/drain"
import type { ExchangeRecord } from "@sluice/protocol/exchange-record"
import { toRecordLine } from "./record-line.ts"
import { RecordPages } from "./record-pages.ts"

export interface RecordBufferOptions {
  /** Identifies this process's numbering, a UUID; a new one at every start. */
  readonly epoch: string
  /** Records kept at most; 10,000 unless given. */
  readonly capacity?: number
}

/**
 * Finished records on their way out, in memory and bounded. Offering costs the same whatever happens behind it: when the
 * buffer is full the record is dropped and counted, and the request that made it never knows. Always
 * `received = taken away by the drain + dropped + length`.
 */
export class RecordBuffer {
  readonly epoch: string
  readonly capacity: number
  readonly #lines = new RecordPages()
  #opened = 0
  #received = 0
  readonly #dropped: Partial<Record<DropReason, number>> = {}
  /** Why records are dropped while the buffer is full: set by the drain when the spool is what holds it up. */
  fullReason: "ring_full" | "spool_full" = "ring_full"
  /** Told of every record taken, and of every exchange opened: the drain decides whether that is news. */
  onChange: () => void = () => undefined

  constructor(options: RecordBufferOptions) {
    this.epoch = options.epoch
    this.capacity = options.capacity ?? 10_000
  }

  /** Exchanges begun. */
  get openedCount(): number {
    return this.#opened
  }

  /** Exchanges finished, those whose record was dropped too: also the last number given. */
  get received(): number {
    return this.#received
  }

  /** Records in memory. */
  get length(): number {
    return this.#lines.length
  }

  /** Records that were not kept, by reason. */
  get dropped(): Readonly<Partial<Record<DropReason, number>>> {
    return this.#dropped
  }

  /** An exchange begins. */
  opened(): void {
    this.#opened += 1
    this.onChange()
  }

  /** Takes a finished record; false when it had to be dropped. Never waits, never throws. */
  offer(record: Omit<ExchangeRecord, "seq" | "epoch">): boolean {
    this.#received += 1
    if (this.#lines.length >= this.capacity) {
      this.countDropped(this.fullReason, 1)
      return false
    }
    const line = toLine(record, this.#received, this.epoch)
    if (line === null) {
      this.countDropped("unserialisable", 1)
      return false
    }
    this.#lines.add(line)
    this.onChange()
    return true
  }

  /** A finished exchange of which no record could be made: counted as one that was not kept. */
  countUnmade(): void {
    this.#received += 1
    this.countDropped("unserialisable", 1)
    this.onChange()
  }

  /** The oldest `count` records as JSON, a line each, left where they are. */
  peekLines(count: number): string[] {
    return this.#lines.peek(count)
  }

  /** The same with commas between them, in pieces that hold until records are removed: copy them before waiting. */
  peekJoined(count: number): { readonly count: number; readonly pieces: readonly Buffer[] } {
    return this.#lines.peekJoined(count)
  }

  /** Forgets the oldest records: they are acknowledged or in the spool. */
  remove(count: number): void {
    this.#lines.remove(count)
  }

  /** Gives up on everything that is left, when there is neither control nor a disk to take it. */
  dropAll(): void {
    if (this.#lines.length > 0) this.countDropped(this.fullReason, this.#lines.length)
    this.#lines.remove(this.#lines.length)
  }

  /** Counts records that were not kept. */
  countDropped(reason: DropReason, count: number): void {
    this.#dropped[reason] = (this.#dropped[reason] ?? 0) + count
  }
}

/** Null for a record that JSON cannot hold. */
function toLine(record: Omit<ExchangeRecord, "seq" | "epoch">, seq: number, epoch: string): string | null {
  try {
    return toRecordLine(record, seq, epoch)
  } catch {
    return null
  }
}
