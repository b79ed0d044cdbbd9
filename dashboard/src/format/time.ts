export interface TimeOptions {
  /** Milliseconds since 1970: what counts as today. */
  readonly now: number
  /** An IANA zone; the viewer's when absent. */
  readonly zone?: string
}

/**
 * A moment in the viewer's zone, as short as it can be without doubt: `14:03:22` today, `20 Nov 14:03:22` this year,
 * `20 Nov 2025 14:03:22` before. Takes RFC 3339; a text that is none comes back as it is.
 */
export function formatTime(iso: string, { now, zone }: TimeOptions): string {
  const at = Date.parse(iso)
  if (Number.isNaN(at)) return iso
  const moment = partsOf(at, zone)
  const today = partsOf(now, zone)
  const clock = `${moment.hour}:${moment.minute}:${moment.second}`
  if (moment.year !== today.year) return `${moment.day} ${moment.month} ${moment.year} ${clock}`
  if (moment.month !== today.month || moment.day !== today.day) return `${moment.day} ${moment.month} ${clock}`
  return clock
}

/** The same moment in UTC, to the millisecond: `2026-11-21 14:03:22.123 UTC`. */
export function formatUtc(iso: string): string {
  const at = Date.parse(iso)
  if (Number.isNaN(at)) return iso
  return `${new Date(at).toISOString().replace("T", " ").replace("Z", "")} UTC`
}

/** How long ago, in one unit: `just now`, `42 s ago`, `5 min ago`, `3 h ago`, `12 d ago`. A future moment is `just now`. */
export function formatAgo(iso: string, now: number): string {
  const at = Date.parse(iso)
  if (Number.isNaN(at)) return iso
  const seconds = Math.floor((now - at) / 1000)
  if (seconds < 5) return "just now"
  if (seconds < 60) return `${seconds} s ago`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`
  return `${Math.floor(seconds / 86_400)} d ago`
}

type Part = "year" | "month" | "day" | "hour" | "minute" | "second"

/** Making a formatter costs more than a hundred uses of one. */
const formatters = new Map<string, Intl.DateTimeFormat>()

function partsOf(at: number, zone: string | undefined): Readonly<Record<Part, string>> {
  const parts: Record<Part, string> = { year: "", month: "", day: "", hour: "", minute: "", second: "" }
  for (const { type, value } of formatterFor(zone).formatToParts(at)) if (type in parts) parts[type as Part] = value
  return parts
}

function formatterFor(zone: string | undefined): Intl.DateTimeFormat {
  const known = formatters.get(zone ?? "")
  if (known) return known
  const made = new Intl.DateTimeFormat("en-GB", {
    year: "numeric",
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
    timeZone: zone,
  })
  formatters.set(zone ?? "", made)
  return made
}
