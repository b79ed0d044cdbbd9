import type { Random } from "./random.ts"

/** A fixed value, or a log-normal one given by two figures everybody can read off a dashboard. */
export type Distribution = number | { readonly median: number; readonly p95: number }

/** The 95th percentile of the standard normal. */
const z95 = 1.6448536269514722

/** One draw, in the distribution's own unit, unrounded. A fixed distribution consumes no randomness. */
export function sample(distribution: Distribution, random: Random): number {
  if (typeof distribution === "number") return distribution
  if (distribution.median <= 0) return 0
  const sigma = Math.log(distribution.p95 / distribution.median) / z95
  return distribution.median * Math.exp(sigma * random.normal())
}

/**
 * Reads `40` (always 40) or `120..600` (log-normal, median 120, 95th percentile 600).
 * @throws RangeError with a sentence for people when the text is neither
 */
export function parseDistribution(text: string): Distribution {
  const match = /^(\d+(?:\.\d+)?)(?:\.\.(\d+(?:\.\d+)?))?$/.exec(text.trim())
  if (match?.[1] === undefined) {
    throw new RangeError(`"${text}" is neither a number (40) nor a median and a 95th percentile (120..600)`)
  }
  const median = Number(match[1])
  if (match[2] === undefined) return median
  const p95 = Number(match[2])
  if (median <= 0 || p95 < median) {
    throw new RangeError(`in "${text}" the median must be above zero and the 95th percentile at least the median`)
  }
  return { median, p95 }
}
