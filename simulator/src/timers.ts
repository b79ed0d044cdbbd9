/** Time as the simulator uses it; tests pass one that they move by hand. */
export interface Timers {
  /** Milliseconds since 1970 (UTC). */
  now(): number
  /** Calls back once after at least `ms` milliseconds; the answer cancels it. */
  after(ms: number, callback: () => void): () => void
}

/** The machine's own clock. */
export const systemTimers: Timers = {
  now: () => Date.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}
