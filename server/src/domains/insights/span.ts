import type { Period } from "@sluice/protocol/api/figures"
import { dayMs, hourMs } from "./admitted-values.ts"
import { type Grain, grainMs } from "./collect-rollups.ts"

/** From a time to another, the latter excluded; milliseconds since 1970. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** A part of a span that whole buckets of one grain make up. */
export interface Slice extends Span {
  readonly grain: Grain
}

/** How long minutes are kept: the two weeks that the comparison of `last_7d` looks back on, and a day. */
export const keepMinutesMs = 15 * dayMs

/** How long ago minutes may be asked for: well inside what is kept. */
export const askMinutesMs = 14 * dayMs

const lengths: Readonly<Record<Period, number>> = { last_24h: dayMs, last_7d: 7 * dayMs, last_30d: 30 * dayMs }

const floorTo = (time: number, unit: number): number => time - (time % unit)
const ceilTo = (time: number, unit: number): number => floorTo(time + unit - 1, unit)

/** A period and the one just before, both ending with a minute, or with an hour where minutes are not kept long enough. */
export function periodSpans(period: Period, now: number): { readonly current: Span; readonly previous: Span } {
  const unit = period === "last_30d" ? hourMs : grainMs.minute
  const to = floorTo(now, unit) + unit
  const from = to - lengths[period]
  return { current: { from, to }, previous: { from: from - lengths[period], to: from } }
}

/** The span widened to whole minutes, or to whole hours when it begins longer ago than minutes may be asked for. */
export function alignSpan({ from, to }: Span, now: number): Span {
  return widenSpan({ from, to }, from >= now - askMinutesMs ? grainMs.minute : hourMs)
}

/** The span widened to whole units. */
export const widenSpan = ({ from, to }: Span, unit: number): Span => ({
  from: floorTo(from, unit),
  to: ceilTo(to, unit),
})

/** The fewest buckets that make up a span of whole minutes: days, at their edges hours, at theirs minutes. */
export function toSlices({ from, to }: Span): readonly Slice[] {
  return sliceBy({ from, to }, ["day", "hour", "minute"])
}

/** As `toSlices`, of a span of whole hours. */
export const toHourSlices = (span: Span): readonly Slice[] => sliceBy(span, ["day", "hour"])

function sliceBy({ from, to }: Span, [grain, ...finer]: readonly Grain[]): readonly Slice[] {
  if (from >= to || !grain) return []
  const inner = { from: ceilTo(from, grainMs[grain]), to: floorTo(to, grainMs[grain]) }
  if (inner.from >= inner.to) return sliceBy({ from, to }, finer)
  return [...sliceBy({ from, to: inner.from }, finer), { grain, ...inner }, ...sliceBy({ from: inner.to, to }, finer)]
}
