import { DDSketch } from "@datadog/sketches-js"

/** Share by which a quantile read from a sketch may differ from the exact one. */
export const relativeAccuracy = 0.01

const { mapping } = new DDSketch({ relativeAccuracy })

/** The bin of durations that took no time at all, below every key the mapping gives. */
const zeroKey = -1_000_000

/**
 * Durations as a DDSketch: counts by bin. Adding up the bins of two sketches gives the sketch of both, whatever the order.
 */
export class Sketch {
  readonly #bins = new Map<number, number>()
  #count = 0

  /** From alternating keys and counts, as `toBins` gives them and the database holds them. */
  static of(...many: readonly (readonly number[])[]): Sketch {
    const sketch = new Sketch()
    for (const bins of many) sketch.merge(bins)
    return sketch
  }

  /** How many durations it holds. */
  get count(): number {
    return this.#count
  }

  add(durationMs: number): void {
    this.#addTo(durationMs > mapping.minPossible ? mapping.key(durationMs) : zeroKey, 1)
  }

  merge(bins: readonly number[]): void {
    for (let i = 0; i + 1 < bins.length; i += 2) this.#addTo(bins[i] ?? 0, bins[i + 1] ?? 0)
  }

  /** Alternating keys and counts, by the key. */
  toBins(): number[] {
    return [...this.#bins].sort(([a], [b]) => a - b).flat()
  }

  /**
   * The durations at these ranks, ⌊1 + q(n − 1)⌋ each, within the relative accuracy; null for all of an empty sketch.
   * @param quantiles between 0 and 1, rising
   */
  quantiles(quantiles: readonly number[]): readonly (number | null)[] {
    if (this.#count === 0) return quantiles.map(() => null)
    const bins = [...this.#bins].sort(([a], [b]) => a - b)
    let at = 0
    let passed = bins[0]?.[1] ?? 0
    return quantiles.map((quantile) => {
      const rank = Math.floor(quantile * (this.#count - 1))
      while (passed <= rank && at < bins.length - 1) {
        at += 1
        passed += bins[at]?.[1] ?? 0
      }
      const key = bins[at]?.[0] ?? zeroKey
      return key === zeroKey ? 0 : mapping.value(key)
    })
  }

  #addTo(key: number, count: number): void {
    this.#bins.set(key, (this.#bins.get(key) ?? 0) + count)
    this.#count += count
  }
}
