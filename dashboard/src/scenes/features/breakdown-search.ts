import type { BreakdownsQuery } from "@sluice/protocol/api/breakdowns"
import type { Dimension } from "@sluice/protocol/api/figures"
import { type PeriodSearch, readPeriod } from "../../period.ts"

/** How a breakdown is sorted: a field of the API, with a `-` in front largest first. */
export type BreakdownSorting = BreakdownsQuery["sort"]

/** The page's state, as its URL has it. */
export interface BreakdownSearch extends PeriodSearch {
  readonly by?: Dimension
  readonly sort?: BreakdownSorting
  /** The value that is open beside the list; `untagged` for requests without a feature. */
  readonly value?: string
}

/** Every dimension, in the order of the tabs. */
export const dimensionList = [
  { by: "feature", title: "Features", noun: "feature" },
  { by: "model", title: "Models", noun: "model" },
  { by: "provider", title: "Providers", noun: "provider" },
  { by: "key", title: "API keys", noun: "API key" },
  { by: "task", title: "Tasks", noun: "task" },
  { by: "user", title: "Users", noun: "user" },
  { by: "session", title: "Sessions", noun: "session" },
] as const satisfies readonly { readonly by: Dimension; readonly title: string; readonly noun: string }[]

/** Fields that can be sorted by. */
export const sortFields = ["requests", "errors", "error_rate", "cost_usd", "input_tokens", "output_tokens"] as const

/** How a list without a choice is sorted. */
export const defaultSorting: BreakdownSorting = "-requests"

const longestValue = 256

/** The state of a URL. Never throws, because anybody can write a URL: what makes no sense is left out. */
export function readBreakdownSearch(search: Readonly<Record<string, unknown>>): BreakdownSearch {
  const by = dimensionList.find((known) => known.by === search.by)?.by
  const sort = sortFields.flatMap((field) => [field, `-${field}`] as const).find((known) => known === search.sort)
  const { value } = search
  const isValue = typeof value === "string" && value !== "" && value.length <= longestValue
  return {
    ...readPeriod(search),
    ...(by && by !== "feature" ? { by } : {}),
    ...(sort && sort !== defaultSorting ? { sort } : {}),
    ...(isValue ? { value } : {}),
  }
}

/** The next sorting when a column's head is pressed: largest first, then smallest first. */
export function toggleSorting(sorting: BreakdownSorting, field: (typeof sortFields)[number]): BreakdownSorting {
  return sorting === `-${field}` ? field : `-${field}`
}
