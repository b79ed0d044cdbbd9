/**
 * Deadlines for the request path. Thousands of exchanges each move their deadline with every chunk, so setting one must
 * cost an assignment and nothing else: an entry stays in the slot it was put in, and only when that slot comes round is
 * it looked at and, if its deadline has moved on, put into a later one. Only one brought forward changes its slot at once.
 */
export class TimerWheel {
  readonly #slots: (Deadline | null)[]
  readonly #tickMs: number
  readonly #now: () => number
  #position = 0
  #lastTick: number
  #interval: NodeJS.Timeout | null = null

  /**
   * @param now milliseconds from a clock that never goes back
   * @param tickMs resolution: a deadline is met at most this much late
   */
  constructor(now: () => number, tickMs = 20, slots = 512) {
    this.#now = now
    this.#tickMs = tickMs
    this.#slots = new Array<Deadline | null>(slots).fill(null)
    this.#lastTick = now()
  }

  /** Begins turning by itself; without it, `advance` is the caller's to call. Does not keep the process alive. */
  start(): void {
    this.#interval ??= setInterval(() => this.advance(), this.#tickMs).unref()
  }

  stop(): void {
    if (this.#interval) clearInterval(this.#interval)
    this.#interval = null
  }

  /** Adds a deadline `delayMs` from now. Zero or less means none: the entry is left out. */
  add(deadline: Deadline, delayMs: number): void {
    if (delayMs <= 0) return
    deadline.at = this.#now() + delayMs
    if (deadline.slot >= 0) {
      if (deadline.at >= deadline.seenAt) return
      this.take(deadline)
    }
    this.#put(deadline)
  }

  /** Fires what is due. Called by the interval, and by tests. */
  advance(): void {
    const now = this.#now()
    const due = Math.floor((now - this.#lastTick) / this.#tickMs)
    if (due <= 0) return
    const turns = Math.min(due, this.#slots.length)
    this.#lastTick += (due - turns) * this.#tickMs
    for (let i = 0; i < turns; i += 1) {
      this.#lastTick += this.#tickMs
      this.#position = (this.#position + 1) % this.#slots.length
      this.#empty(this.#position, now)
    }
  }

  #put(deadline: Deadline): void {
    const ahead = Math.ceil((deadline.at - this.#lastTick) / this.#tickMs)
    const turns = Math.max(1, Math.min(ahead, this.#slots.length - 1))
    const slot = (this.#position + turns) % this.#slots.length
    const first = this.#slots[slot] ?? null
    deadline.wheel = this
    deadline.slot = slot
    deadline.seenAt = this.#lastTick + turns * this.#tickMs
    deadline.previous = null
    deadline.next = first
    if (first) first.previous = deadline
    this.#slots[slot] = deadline
  }

  /** Out of its slot, wherever in its list it stands: what an entry guards must not be kept alive by it. */
  take(deadline: Deadline): void {
    if (deadline.previous) deadline.previous.next = deadline.next
    else this.#slots[deadline.slot] = deadline.next
    if (deadline.next) deadline.next.previous = deadline.previous
    deadline.slot = -1
    deadline.next = null
    deadline.previous = null
  }

  #empty(slot: number, now: number): void {
    for (let entry = this.#slots[slot]; entry; entry = this.#slots[slot]) {
      this.take(entry)
      if (entry.at > now) this.#put(entry)
      else if (entry.at !== 0) {
        entry.at = 0
        entry.expire()
      }
    }
  }
}

/** One deadline, owned by what it guards. A cleared one is forgotten by the wheel at once. */
export abstract class Deadline {
  /** When it is due; 0: never. Written by the wheel and by `clear`. */
  at = 0
  /** Its place in the wheel, written by the wheel alone: slot (-1: none), when that slot comes round, neighbours. */
  slot = -1
  seenAt = 0
  next: Deadline | null = null
  previous: Deadline | null = null

  wheel: TimerWheel | null = null

  clear(): void {
    this.at = 0
    if (this.slot >= 0) this.wheel?.take(this)
  }

  abstract expire(): void
}
