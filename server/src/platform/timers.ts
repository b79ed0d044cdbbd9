/** Waiting as a dependency: production passes `systemTimers`, tests pass ones they turn by hand. */
export interface Timers {
  /** Calls back once after `ms` milliseconds; the returned function takes it back. Does not keep the process alive. */
  after(ms: number, run: () => void): () => void
}

export const systemTimers: Timers = {
  after: (ms, run) => {
    const timer = setTimeout(run, ms).unref()
    return () => clearTimeout(timer)
  },
}
