/** Exchanges that may begin before a later report is acknowledged. */
const smallestHeadroom = 1000

/** How far back the rate of exchanges is looked at, in milliseconds. */
const rateWindowMs = 1000

/**
 * The number that the count of opened exchanges will not pass before control has acknowledged a later report. It bounds
 * what a crash can have taken, and is renewed early enough that no exchange ever waits for it.
 */
export class EpochCeiling {
  #headroom = smallestHeadroom
  #acknowledged = 0
  #windowBegan = 0
  #openedThen = 0

  /** The ceiling to report now: room for at least 1,000 exchanges, and for twice those of the last second. */
  next(opened: number, nowMs: number): number {
    const elapsed = nowMs - this.#windowBegan
    if (elapsed >= rateWindowMs) {
      const perSecond = ((opened - this.#openedThen) * 1000) / elapsed
      this.#headroom = Math.max(smallestHeadroom, Math.ceil(2 * perSecond))
      this.#windowBegan = nowMs
      this.#openedThen = opened
    }
    this.#headroom = Math.max(this.#headroom, 2 * (opened - this.#openedThen))
    return opened + this.#headroom
  }

  /** Control knows of this ceiling. */
  acknowledge(ceiling: number): void {
    this.#acknowledged = Math.max(this.#acknowledged, ceiling)
  }

  /** Whether the acknowledged ceiling is less than half the headroom away. */
  isNear(opened: number): boolean {
    return opened + this.#headroom / 2 > this.#acknowledged
  }
}
