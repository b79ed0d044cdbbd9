/** How long a unit is held once it was taken, in seconds. */
export const heldSeconds = 60

/** Seconds are told apart this finely: what comes back late was wasted. */
const slotsPerSecond = 4

const heldSlots = heldSeconds * slotsPerSecond

/** One more than a minute has: the oldest slot is let go only when all of it is a minute ago. */
const slots = heldSlots + 1

/**
 * Units taken, by the quarter of a second, over the last minute. A unit comes back 60 to 60.25 seconds after it was taken, so
 * that no minute, wherever it begins, sees more than what may be held. Every question costs the same but for the quarters
 * that passed since the last one. Times are seconds, with fractions, of a clock that never goes back.
 */
export class MinuteWindow {
  /** As narrow as what was ever taken in a quarter of a second: most limits are small, and keys are many. */
  #taken: Uint8Array | Uint16Array | Uint32Array = new Uint8Array(slots)
  #largest = 0xff
  #newest = 0
  /** No later slot has anything taken in it. */
  #latestTaken = 0
  #held = 0

  /** Units that have not come back. */
  held(second: number): number {
    this.#advance(second)
    return this.#held
  }

  /** Takes whole units now. */
  take(units: number, second: number): void {
    this.#advance(second)
    this.#add(this.#newest, units)
  }

  /**
   * Corrects what was taken at `takenAt`: a reservation becomes what was really used. When that moment has come back
   * already, a surplus is charged to now and nothing is given back twice.
   */
  correct(difference: number, takenAt: number, second: number): void {
    this.#advance(second)
    const slot = toSlot(takenAt)
    if (this.#newest - slot < slots) this.#add(slot, difference)
    else if (difference > 0) this.#add(this.#newest, difference)
  }

  /** Whole seconds until at least so many of the held units have come back; a minute when fewer are held. */
  secondsUntilBack(units: number, second: number): number {
    this.#advance(second)
    let back = 0
    for (let age = heldSlots; age >= 0; age -= 1) {
      back += this.#taken[(this.#newest - age + slots * 2) % slots] as number
      if (back >= units) return Math.ceil((heldSlots + 1 - age) / slotsPerSecond)
    }
    return heldSeconds
  }

  /** Whole seconds until all of it has come back. Asked for every answer, so it walks only over what was given back. */
  secondsUntilEmpty(second: number): number {
    this.#advance(second)
    if (this.#held === 0) return 0
    while (this.#taken[this.#latestTaken % slots] === 0) this.#latestTaken -= 1
    return Math.ceil((this.#latestTaken + slots - this.#newest) / slotsPerSecond)
  }

  /** How much comes back in each of the next six tens of seconds, the very last moment counted to the sixth. */
  returns(second: number): number[] {
    this.#advance(second)
    const tens = [0, 0, 0, 0, 0, 0]
    for (let age = 0; age < slots; age += 1) {
      const ten = Math.min(5, Math.floor((heldSlots - age) / (10 * slotsPerSecond)))
      tens[ten] = (tens[ten] as number) + (this.#taken[(this.#newest - age + slots * 2) % slots] as number)
    }
    return tens
  }

  #add(at: number, units: number): void {
    const slot = at % slots
    const before = this.#taken[slot] as number
    const after = Math.max(0, Math.min(0xffff_ffff, before + units))
    if (after > this.#largest) this.#widen(after)
    this.#taken[slot] = after
    this.#held += after - before
    if (at > this.#latestTaken) this.#latestTaken = at
  }

  #widen(units: number): void {
    this.#largest = units > 0xffff ? 0xffff_ffff : 0xffff
    this.#taken = units > 0xffff ? Uint32Array.from(this.#taken) : Uint16Array.from(this.#taken)
  }

  #advance(second: number): void {
    const now = toSlot(second)
    const gap = now - this.#newest
    if (gap <= 0) return
    if (gap >= slots) {
      this.#taken.fill(0)
      this.#held = 0
      this.#newest = now
      return
    }
    for (let step = 0; step < gap; step += 1) {
      this.#newest += 1
      const slot = this.#newest % slots
      this.#held -= this.#taken[slot] as number
      this.#taken[slot] = 0
    }
  }
}

const toSlot = (second: number): number => Math.floor(second * slotsPerSecond)
