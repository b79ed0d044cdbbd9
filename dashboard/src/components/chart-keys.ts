import type { Range } from "../period.ts"
import type { ChartData } from "./chart-data.ts"

/** Where the keyboard stands in a chart, and from where it marks a range; null: nowhere. */
export interface ChartMark {
  readonly at: number | null
  readonly from: number | null
}

/** Standing nowhere. */
export const noMark: ChartMark = { at: null, from: null }

/** Steps that a key goes; ends are reached from anywhere. */
const strides: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageDown: -10,
  PageUp: 10,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
}

/** Where a key leads; null for a key that leads nowhere. The first press enters at the newest point. @param last the last index */
export function moveMark(
  mark: ChartMark,
  { key, shiftKey }: { readonly key: string; readonly shiftKey: boolean },
  last: number,
): ChartMark | null {
  if (key === "Escape") return mark.at === null ? null : noMark
  const stride = strides[key]
  if (stride === undefined || last < 0) return null
  const at = Math.min(last, Math.max(0, (mark.at ?? (stride < 0 ? last + 1 : last)) + stride))
  return { at, from: shiftKey ? (mark.from ?? mark.at ?? last) : null }
}

/** The marked range, its last step included; null when none is marked. */
export function toMarkedRange({ at, from }: ChartMark, { times, stepSeconds }: ChartData): Range | null {
  if (at === null || from === null) return null
  const first = times[Math.min(at, from)]
  const last = times[Math.max(at, from)]
  return first === undefined || last === undefined ? null : { from: first * 1000, to: (last + stepSeconds) * 1000 }
}
