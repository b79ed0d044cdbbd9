import type { Logger } from "../platform/logger.ts"

/** Something done again and again. */
export interface Job {
  /** A verb and its object, as in the file's name: `prepare-partitions`. */
  readonly name: string
  /** From the end of one run to the start of the next, in milliseconds. */
  readonly everyMs: number
  /** True: the first run is at once. Default: after one interval. */
  readonly atOnce?: boolean
  run(): Promise<void>
}

/** Waiting as a dependency: production passes real timers, tests pass some they move by hand. */
export interface JobTimers {
  /** Runs once after `delayMs`, unless the function it gives back is called before. */
  after(delayMs: number, run: () => void): () => void
}

/** Jobs under way. */
export interface Scheduler {
  /** Starts no more runs and waits for those under way. */
  stop(): Promise<void>
}

/** Real time. A job that waits does not keep the process alive. */
export const systemJobTimers: JobTimers = {
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs)
    timer.unref()
    return () => clearTimeout(timer)
  },
}

/**
 * Runs each job on its interval, never two runs of one job at a time. A run that fails is logged, and tried again after
 * its interval.
 */
export function startScheduler(
  jobs: readonly Job[],
  deps: { readonly timers: JobTimers; readonly log: Pick<Logger, "error"> },
): Scheduler {
  let stopped = false
  const waiting = new Map<Job, () => void>()
  const running = new Map<Job, Promise<void>>()

  function wait(job: Job, delayMs: number): void {
    if (stopped) return
    waiting.set(
      job,
      deps.timers.after(delayMs, () => {
        waiting.delete(job)
        if (!stopped) running.set(job, run(job))
      }),
    )
  }

  async function run(job: Job): Promise<void> {
    try {
      await job.run()
    } catch (error) {
      deps.log.error({ job: job.name, reason: reasonOf(error) }, "a job failed and will be tried again")
    }
    running.delete(job)
    wait(job, job.everyMs)
  }

  for (const job of jobs) wait(job, job.atOnce ? 0 : job.everyMs)
  return {
    async stop() {
      stopped = true
      for (const cancel of waiting.values()) cancel()
      waiting.clear()
      await Promise.all(running.values())
    },
  }
}

/** The innermost message: a failed query's own repeats the query with its parameters. */
function reasonOf(error: unknown): string {
  let at = error
  while (at instanceof Error && at.cause instanceof Error) at = at.cause
  return at instanceof Error ? at.message : String(at)
}
