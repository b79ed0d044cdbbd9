import { formatCount } from "./count.ts"

/** A rate as people read it: three digits that mean something, and whole thousands grouped: `0.0412`, `3.5`, `1,204`. */
export function formatRate(rate: number): string {
  if (rate >= 100) return formatCount(rate)
  return String(Number(rate.toPrecision(3)))
}
