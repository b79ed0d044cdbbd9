import type { Clock } from "../platform/clock.ts"

/** A clock that stands still until it is moved. */
export class ManualClock implements Clock {
  #now = Date.parse("2026-11-21T12:00:00Z")

  now(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#now
  }

  move(milliseconds: number): void {
    this.#now += milliseconds
  }
}
