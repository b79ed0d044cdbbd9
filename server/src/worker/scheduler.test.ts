import { describe, expect, it } from "vitest"
import { type Job, type JobTimers, startScheduler } from "./scheduler.ts"

/** Timers that fire when the test says how much time has passed. */
class HandTimers implements JobTimers {
  #now = 0
  readonly #waiting = new Set<{ readonly at: number; readonly run: () => void }>()

  after(delayMs: number, run: () => void): () => void {
    const entry = { at: this.#now + delayMs, run }
    this.#waiting.add(entry)
    return () => this.#waiting.delete(entry)
  }

  /** Lets time pass, and whatever it started get as far as it can. */
  async pass(milliseconds: number): Promise<void> {
    this.#now += milliseconds
    for (const entry of [...this.#waiting]) {
      if (entry.at > this.#now) continue
      this.#waiting.delete(entry)
      entry.run()
    }
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve()
  }

  get waiting(): number {
    return this.#waiting.size
  }
}

function start(run: () => Promise<void>, values: Partial<Job> = {}) {
  const timers = new HandTimers()
  const logged: unknown[] = []
  const log = { error: (facts: object, message: string) => logged.push({ ...facts, message }) }
  const scheduler = startScheduler([{ name: "count", everyMs: 100, run, ...values }], { timers, log })
  return { timers, logged, scheduler }
}

describe("the scheduler", () => {
  it("runs a job after each interval, or at once as well", async () => {
    for (const atOnce of [false, true]) {
      let runs = 0
      const { timers } = start(
        async () => {
          runs += 1
        },
        { atOnce },
      )
      await timers.pass(0)
      expect(runs).toBe(atOnce ? 1 : 0)
      await timers.pass(100)
      await timers.pass(100)
      expect(runs).toBe(atOnce ? 3 : 2)
    }
  })

  it("never begins a run before the last one has ended", async () => {
    let begun = 0
    let end = () => {}
    const { timers } = start(() => {
      begun += 1
      return new Promise((resolve) => {
        end = resolve
      })
    })
    await timers.pass(100)
    await timers.pass(1000)
    expect(begun).toBe(1)
    end()
    await timers.pass(0)
    await timers.pass(100)
    expect(begun).toBe(2)
  })

  it("logs a failure by its cause, without the query, and tries again", async () => {
    let runs = 0
    const { timers, logged } = start(async () => {
      runs += 1
      throw new Error("Failed query: select secret", { cause: new Error("connection lost") })
    })
    await timers.pass(100)
    await timers.pass(100)
    expect(runs).toBe(2)
    expect(logged[0]).toEqual({
      job: "count",
      reason: "connection lost",
      message: "a job failed and will be tried again",
    })
  })

  it("stops: waits for the run under way and begins no other", async () => {
    let end = () => {}
    let stopped = false
    const { timers, scheduler } = start(
      () =>
        new Promise((resolve) => {
          end = resolve
        }),
    )
    await timers.pass(100)
    const stopping = scheduler.stop().then(() => {
      stopped = true
    })
    await timers.pass(0)
    expect(stopped).toBe(false)
    end()
    await stopping
    expect(timers.waiting).toBe(0)
  })
})
