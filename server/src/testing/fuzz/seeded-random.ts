/** Numbers that look random and are the same for the same seed, so that what a fuzzer did can be done again. */
export class SeededRandom {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** A whole number from 0 up to `limit`, without `limit`. Mulberry32; even enough for choosing. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit)
  }

  /** @throws RangeError for an empty list */
  pick<Item>(items: readonly Item[]): Item {
    if (items.length === 0) throw new RangeError("there is nothing to pick from")
    return items[this.below(items.length)] as Item
  }

  /** Small numbers often, large ones now and then, below `limit`. */
  small(limit: number): number {
    return Math.min(limit - 1, this.below(2 ** (1 + this.below(Math.ceil(Math.log2(Math.max(2, limit)))))))
  }
}
