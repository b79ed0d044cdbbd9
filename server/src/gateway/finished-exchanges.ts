import type { Exchange } from "./exchange.ts"

/**
 * Exchanges whose client has its answer and whose record is still to be made. Those of one turn of the event loop are recorded
 * together at its end, before anything new is read: between requests, what reads an answer and writes a record would find none of
 * its code and data in the processor's caches, and leave none of a request's. Measured at 50 connections on two cores, that was a
 * tenth of the gateway's time.
 */
export class FinishedExchanges {
  readonly #record: (exchange: Exchange) => void
  readonly #flush = (): void => this.flush()
  #waiting: Exchange[] = []

  /** @param record must not throw: whatever happened to one exchange, the others have their records to get */
  constructor(record: (exchange: Exchange) => void) {
    this.#record = record
  }

  add(exchange: Exchange): void {
    if (this.#waiting.length === 0) setImmediate(this.#flush)
    this.#waiting.push(exchange)
  }

  /** Records them now: the last thing a gateway that stops does with them. */
  flush(): void {
    const finished = this.#waiting
    this.#waiting = []
    for (const exchange of finished) this.#record(exchange)
  }
}
