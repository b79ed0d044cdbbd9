import type { DropReason } from "@sluice/protocol/drain"
import type { ExchangeRecord } from "@sluice/protocol/exchange-record"

export interface RecordBufferOptions {
  /** Identifies this process's numbering; a new one at every start. */
  readonly epoch: string
  /** Records kept at most. */
  readonly capacity: number
}

/**
 * Finished records on their way out, in memory and bounded. Offering costs the same whatever happens behind it: when the
 * buffer is full the record is dropped and counted, and the request that made it never knows.
 */
export class RecordBuffer {
  readonly epoch: string
  readonly #capacity: number
  #records: ExchangeRecord[] = []
  #opened = 0
  #received = 0
  readonly #dropped: Partial<Record<DropReason, number>> = {}
  /** Why records are dropped while the buffer is full: set by the drain when the spool is what holds it up. */
  fullReason: "ring_full" | "spool_full" = "ring_full"
  /** Told of every record taken, and of every exchange opened: the drain decides whether that is news. */
  onChange: () => void = () => undefined

  constructor(options: RecordBufferOptions) {
    this.epoch = options.epoch
    this.#capacity = options.capacity
  }

  /** Exchanges begun. */
  get openedCount(): number {
    return this.#opened
  }

  /** Exchanges finished: also the last number given. */
  get received(): number {
    return this.#received
  }

  get length(): number {
    return this.#records.length
  }

  get dropped(): Readonly<Partial<Record<DropReason, number>>> {
    return this.#dropped
  }

  /** An exchange begins. */
  opened(): void {
    this.#opened += 1
    this.onChange()
  }

  /** Takes a finished record; false when it had to be dropped. Never throws. */
  offer(record: Omit<ExchangeRecord, "seq" | "epoch">): boolean {
    this.#received += 1
    if (this.#records.length >= this.#capacity) {
      this.drop(this.fullReason, 1)
      return false
    }
    this.#records.push(Object.assign(record, { seq: this.#received, epoch: this.epoch }))
    this.onChange()
    return true
  }

  /** The oldest records, left where they are. */
  peek(count: number): readonly ExchangeRecord[] {
    return this.#records.slice(0, count)
  }

  /** Forgets the oldest records: they are acknowledged, spooled or counted as dropped. */
  remove(count: number): void {
    this.#records = count >= this.#records.length ? [] : this.#records.slice(count)
  }

  drop(reason: DropReason, count: number): void {
    this.#dropped[reason] = (this.#dropped[reason] ?? 0) + count
  }
}
