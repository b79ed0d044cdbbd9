import type { Timers } from "../timers.ts"

/** Time that moves only when told to. */
export class ManualTimers implements Timers {
  #now = Date.parse("2026-01-05T12:00:00Z")
  #due: { readonly at: number; readonly callback: () => void }[] = []
  #waiting: (() => void)[] = []

  now(): number {
    return this.#now
  }

  after(ms: number, callback: () => void): () => void {
    const entry = { at: this.#now + ms, callback }
    this.#due.push(entry)
    for (const resolve of this.#waiting.splice(0)) resolve()
    return () => {
      this.#due = this.#due.filter((other) => other !== entry)
    }
  }

  /** Timers not yet due. */
  get pending(): number {
    return this.#due.length
  }

  /** Settles once somebody waits on a timer. */
  async whenPending(): Promise<void> {
    while (this.#due.length === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  /** Moves time and calls whoever is due, in order. */
  advance(ms: number): void {
    this.#now += ms
    const due = this.#due.filter((entry) => entry.at <= this.#now).sort((left, right) => left.at - right.at)
    this.#due = this.#due.filter((entry) => entry.at > this.#now)
    for (const entry of due) entry.callback()
  }
}
