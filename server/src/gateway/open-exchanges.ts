import type { Exchange } from "./exchange.ts"

/**
 * The exchanges that have begun and not ended, in no order. Not a `Set`: one that things pass through at this rate grows a
 * new table every few additions, and V8 lets each table it leaves behind point to the next one (for iterators that may still
 * walk it). Once such a table has become old, it keeps every later one, with the exchanges that stood in it, from the
 * collections of young objects: all of them are then copied twice and lie about until a full collection. Measured, that was
 * a fifth of the gateway's time under load.
 */
export class OpenExchanges {
  readonly #open: Exchange[] = []

  get size(): number {
    return this.#open.length
  }

  add(exchange: Exchange): void {
    exchange.place = this.#open.length
    this.#open.push(exchange)
  }

  /** False when it was not there. */
  delete(exchange: Exchange): boolean {
    const { place } = exchange
    if (place < 0) return false
    const last = this.#open.pop() as Exchange
    if (last !== exchange) {
      this.#open[place] = last
      last.place = place
    }
    exchange.place = -1
    return true
  }

  /** A copy, so that whoever walks it may end exchanges on the way. */
  all(): readonly Exchange[] {
    return [...this.#open]
  }
}
