import type { Limits } from "@sluice/protocol/limits"
import { formatCount } from "../../format/count.ts"

/** Limits as somebody types them; empty: none. */
export type LimitsDraft = Readonly<Record<keyof Limits, string>>

/** What can be limited, in the order it is asked for and shown. */
export const limitNames = [
  { name: "requests_per_minute", label: "Requests a minute", unit: "requests/min" },
  { name: "tokens_per_minute", label: "Tokens a minute", unit: "tokens/min" },
  { name: "concurrent_streams", label: "Streams at once", unit: "streams at once" },
  { name: "concurrent_requests", label: "Requests at once", unit: "requests at once" },
] as const

/** Limits in words, e.g. `600 requests/min · 20 streams at once`; empty when there are none. */
export const describeLimits = (limits: Limits): string =>
  limitNames
    .flatMap(({ name, unit }) => {
      const count = limits[name]
      return count === null ? [] : `${formatCount(count)} ${unit}`
    })
    .join(" · ")

/** The draft that stands for these limits. */
export const toLimitsDraft = (limits: Limits | null): LimitsDraft => {
  const text = (name: keyof Limits): string => String(limits?.[name] ?? "")
  return {
    requests_per_minute: text("requests_per_minute"),
    tokens_per_minute: text("tokens_per_minute"),
    concurrent_streams: text("concurrent_streams"),
    concurrent_requests: text("concurrent_requests"),
  }
}

/** The limits that were typed; NaN for what is no number, which `findMistakes` names. */
export function toLimits(draft: LimitsDraft): Limits {
  const read = (text: string): number | null => {
    const digits = text.replaceAll(/[\s,]/g, "")
    return digits === "" ? null : Number(digits)
  }
  return {
    requests_per_minute: read(draft.requests_per_minute),
    tokens_per_minute: read(draft.tokens_per_minute),
    concurrent_streams: read(draft.concurrent_streams),
    concurrent_requests: read(draft.concurrent_requests),
  }
}

/** What is wrong with what was typed, by field; empty when nothing is. */
export function findMistakes(draft: LimitsDraft): Readonly<Partial<Record<keyof Limits, string>>> {
  const limits = toLimits(draft)
  const mistaken = limitNames.filter(({ name }) => {
    const limit = limits[name]
    return limit !== null && !(Number.isInteger(limit) && limit >= 1 && limit <= 1_000_000_000)
  })
  return Object.fromEntries(mistaken.map(({ name }) => [name, "A whole number from 1, or nothing for no limit"]))
}

interface NameAndLimits {
  readonly name: string
  readonly limits: Limits
}

/** What is to be changed of a key, and nothing else: what is left out stays as it is by now. */
export function toKeyChange(before: NameAndLimits, wanted: NameAndLimits): { name?: string; limits?: Partial<Limits> } {
  const changed = limitNames.filter(({ name }) => wanted.limits[name] !== before.limits[name])
  return {
    ...(wanted.name === before.name ? {} : { name: wanted.name }),
    ...(changed.length === 0
      ? {}
      : { limits: Object.fromEntries(changed.map(({ name }) => [name, wanted.limits[name]])) }),
  }
}
