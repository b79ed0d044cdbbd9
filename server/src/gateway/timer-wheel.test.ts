import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Deadline, TimerWheel } from "./timer-wheel.ts"

class Noted extends Deadline {
  readonly fired: number[] = []
  readonly #now: () => number

  constructor(now: () => number) {
    super()
    this.#now = now
  }

  override expire(): void {
    this.fired.push(this.#now())
  }
}

describe("the timer wheel", () => {
  it("fires a deadline once, no earlier than asked and at most a tick and a step late", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 30_000 }), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 50 }),
        (delays, step) => {
          let now = 0
          const wheel = new TimerWheel(() => now, 20, 64)
          const entries = delays.map((delay) => ({ delay, entry: new Noted(() => now) }))
          for (const { delay, entry } of entries) wheel.add(entry, delay)
          while (now < 31_000) {
            now += step
            wheel.advance()
          }
          return entries.every(({ delay, entry }) => {
            const [at] = entry.fired
            return entry.fired.length === 1 && at !== undefined && at >= delay && at <= delay + 20 + 2 * step
          })
        },
      ),
      { numRuns: 50 },
    )
  })

  it("forgets a deadline that was cleared, and lets it be set again", () => {
    let now = 0
    const wheel = new TimerWheel(() => now, 10, 8)
    const entry = new Noted(() => now)
    wheel.add(entry, 50)
    entry.clear()
    for (; now < 200; now += 10) wheel.advance()
    expect(entry.fired).toEqual([])
    wheel.add(entry, 50)
    for (; now < 400; now += 10) wheel.advance()
    expect(entry.fired).toHaveLength(1)
  })

  it("keeps nothing of a deadline that was cleared", () => {
    const wheel = new TimerWheel(() => 0, 10, 8)
    const entries = [1, 2, 3].map(() => new Noted(() => 0))
    for (const entry of entries) wheel.add(entry, 50)
    for (const entry of entries) entry.clear()
    for (const entry of entries) expect([entry.slot, entry.next, entry.previous]).toEqual([-1, null, null])
  })

  it("moves a deadline that is renewed before it is due", () => {
    let now = 0
    const wheel = new TimerWheel(() => now, 10, 8)
    const entry = new Noted(() => now)
    wheel.add(entry, 100)
    for (; now < 1000; now += 10) {
      wheel.advance()
      wheel.add(entry, 100)
    }
    expect(entry.fired).toEqual([])
    for (; now < 1200; now += 10) wheel.advance()
    expect(entry.fired).toHaveLength(1)
  })

  it("lets a deadline be brought forward", () => {
    let now = 0
    const wheel = new TimerWheel(() => now, 10, 512)
    const entry = new Noted(() => now)
    wheel.add(entry, 4000)
    wheel.add(entry, 100)
    for (; now < 300; now += 10) wheel.advance()
    expect(entry.fired).toHaveLength(1)
  })

  it("has no deadline for a delay of nothing", () => {
    let now = 0
    const wheel = new TimerWheel(() => now, 10, 8)
    const entry = new Noted(() => now)
    wheel.add(entry, 0)
    for (; now < 500; now += 10) wheel.advance()
    expect(entry.fired).toEqual([])
  })

  it("fires after the process was held up for longer than the wheel is round", () => {
    let now = 0
    const wheel = new TimerWheel(() => now, 10, 8)
    const entry = new Noted(() => now)
    wheel.add(entry, 500)
    now = 10_000
    wheel.advance()
    expect(entry.fired).toHaveLength(1)
  })
})
