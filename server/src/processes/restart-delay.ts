import type { Clock } from "../platform/clock.ts"

const firstMs = 100
const longestMs = 10_000
/** A process that lived this long had a reason of its own to die, not a reason not to start. */
const healthyMs = 20_000

/** How long to wait before a dead process is started again: 100 ms, doubling to 10 s while it dies young. */
export class RestartDelay {
  readonly #clock: Clock
  #startedAtMs = 0
  #nextMs = firstMs

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** To be called whenever the process is started. */
  started(): void {
    this.#startedAtMs = this.#clock.monotonic()
  }

  /** The wait, in milliseconds, after a death now. */
  next(): number {
    if (this.#clock.monotonic() - this.#startedAtMs >= healthyMs) this.#nextMs = firstMs
    const delayMs = this.#nextMs
    this.#nextMs = Math.min(delayMs * 2, longestMs)
    return delayMs
  }
}
