import type { Timers } from "../platform/timers.ts"
import { ManualClock } from "./manual-clock.ts"

/** Timers that go off when a test says that time passes; their clock moves with them. */
export class ManualTimers implements Timers {
  readonly clock = new ManualClock()
  readonly #waiting = new Set<{ readonly at: number; readonly ms: number; readonly run: () => void }>()

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.clock.monotonic() + ms, ms, run }
    this.#waiting.add(timer)
    return () => this.#waiting.delete(timer)
  }

  /** How long each of the waiting ones was set to wait, in milliseconds. */
  get waiting(): readonly number[] {
    return [...this.#waiting].map(({ ms }) => ms)
  }

  /** Lets time pass, and sets off whatever is due, in order. */
  pass(ms: number): void {
    const end = this.clock.monotonic() + ms
    for (;;) {
      const due = [...this.#waiting].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
      if (!due) break
      this.#waiting.delete(due)
      this.clock.move(Math.max(0, due.at - this.clock.monotonic()))
      due.run()
    }
    this.clock.move(end - this.clock.monotonic())
  }
}

/** Waits for what is under way in this process, a turn of the event loop at a time, until `condition` holds. */
export async function turnUntil(condition: () => boolean, what = "what the test waits for"): Promise<void> {
  const deadline = performance.now() + 10_000
  do {
    if (performance.now() > deadline) throw new Error(`${what} did not come`)
    await new Promise((resolve) => setImmediate(resolve))
  } while (!condition())
}
