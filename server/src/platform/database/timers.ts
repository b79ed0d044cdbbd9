/** Waiting as a dependency: production passes `systemTimers`, tests pass one they move by hand. */
export interface Timers {
  /** Runs once after `delayMs`, unless the function it gives back is called before. */
  after(delayMs: number, run: () => void): () => void
}

/** Real time. A waiting timer does not keep the process alive. */
export const systemTimers: Timers = {
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs)
    timer.unref()
    return () => clearTimeout(timer)
  },
}
