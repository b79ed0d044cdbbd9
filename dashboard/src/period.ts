import type { Period } from "@sluice/protocol/api/figures"

/** The part of a page's URL that says which time it is about: a period that ends now, and, when zoomed into, a range of it. */
export interface PeriodSearch {
  readonly period?: Period
  /** RFC 3339; only ever together with `to`. */
  readonly from?: string
  readonly to?: string
}

/** From a time to another, in milliseconds since 1970. */
export interface Range {
  readonly from: number
  readonly to: number
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** Every period, shortest first, with its length and its names for people. */
export const periodList = [
  { period: "last_24h", short: "24 h", words: "24 hours", lengthMs: dayMs },
  { period: "last_7d", short: "7 d", words: "7 days", lengthMs: 7 * dayMs },
  { period: "last_30d", short: "30 d", words: "30 days", lengthMs: 30 * dayMs },
] as const satisfies readonly {
  readonly period: Period
  readonly short: string
  readonly words: string
  readonly lengthMs: number
}[]

/** What a URL without a period is about. */
export const defaultPeriod: Period = "last_24h"

/** A narrower range would be a chart of one point. */
export const narrowestRangeMs = 5 * 60_000
const widestRangeMs = 366 * dayMs

/** The period of a URL. Never throws, because anybody can write a URL: what makes no sense is left out. */
export function readPeriod(search: Readonly<Record<string, unknown>>): PeriodSearch {
  const period = periodList.find((known) => known.period === search.period)?.period
  const from = readTime(search.from)
  const to = readTime(search.to)
  const isRange = from !== null && to !== null && to - from >= narrowestRangeMs && to - from <= widestRangeMs
  return {
    ...(period && period !== defaultPeriod ? { period } : {}),
    ...(isRange ? { from: new Date(from).toISOString(), to: new Date(to).toISOString() } : {}),
  }
}

function readTime(text: unknown): number | null {
  if (typeof text !== "string" || !/^\d{4}-\d\d-\d\dT/.test(text)) return null
  const at = Date.parse(text)
  return Number.isNaN(at) ? null : at
}

/** A period's length and names. */
export function describePeriod(period: Period = defaultPeriod) {
  return periodList.find((known) => known.period === period) ?? periodList[0]
}

/** The range a page is about: the one zoomed into, or the period that ends `now`. */
export function toRange({ period, from, to }: PeriodSearch, now: number): Range {
  if (from !== undefined && to !== undefined) return { from: Date.parse(from), to: Date.parse(to) }
  return { from: now - describePeriod(period).lengthMs, to: now }
}

/** A range as the URL holds it: whole minutes, and never narrower than a chart can show. Null when it is no range. */
export function toZoom({ from, to }: Range): Required<Pick<PeriodSearch, "from" | "to">> | null {
  const start = Math.floor(from / 60_000) * 60_000
  const end = Math.max(Math.ceil(to / 60_000) * 60_000, start + narrowestRangeMs)
  if (!(end > start) || end - start > widestRangeMs) return null
  return { from: new Date(start).toISOString(), to: new Date(end).toISOString() }
}

/** Minutes are kept for 14 days; a day less leaves room for clocks that differ. */
const minutesKeptMs = 13 * dayMs

/** The width of a point that a range is readable at: never a thousand of them, and never a handful where finer is kept. */
export function toStep({ from, to }: Range, now: number): "minute" | "hour" | "day" {
  const lengthMs = to - from
  if (lengthMs <= 4 * hourMs && from >= now - minutesKeptMs) return "minute"
  return lengthMs <= 8 * dayMs ? "hour" : "day"
}
