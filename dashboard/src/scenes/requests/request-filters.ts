import type { RequestsQuery } from "@sluice/protocol/api/requests"

/** What a list of requests is narrowed to; lives in the URL under the same names as in the API. */
export type RequestFilters = Pick<RequestsQuery, "feature" | "model" | "provider" | "status">

/** The filters, in the order in which they are shown. */
export const filterNames = [
  "status",
  "provider",
  "model",
  "feature",
] as const satisfies readonly (keyof RequestFilters)[]

const longest: Readonly<Record<(typeof filterNames)[number], number>> = {
  status: 5,
  provider: 64,
  model: 256,
  feature: 100,
}

const statusPattern = /^([1-5][0-9][0-9]|[1-5]xx|error)$/

/**
 * The filters of a URL. Never throws, because anybody can write a URL: blank values and those the API would refuse are left
 * out, other parameters are ignored.
 */
export function readFilters(search: Readonly<Record<string, unknown>>): RequestFilters {
  const filters: Partial<Record<(typeof filterNames)[number], string>> = {}
  for (const name of filterNames) {
    const value = search[name]
    if (typeof value !== "string") continue
    const text = value.trim()
    if (text === "" || text.length > longest[name]) continue
    if (name === "status" && !isStatusFilter(text)) continue
    filters[name] = text
  }
  return filters
}

/** True for a status (`429`), a class (`4xx`) or `error`. */
export function isStatusFilter(text: string): boolean {
  return statusPattern.test(text)
}

/** True when the list is narrowed at all. */
export function hasFilters(filters: RequestFilters): boolean {
  return filterNames.some((name) => filters[name] !== undefined)
}
