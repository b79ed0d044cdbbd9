/** Time as a dependency: production passes `systemClock`, tests pass one they move by hand. */
export interface Clock {
  /** Milliseconds since 1970 (UTC). May jump when the machine's clock is set. */
  now(): number
  /** Milliseconds from an arbitrary start, fractional, never going back. For durations. */
  monotonic(): number
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
}
