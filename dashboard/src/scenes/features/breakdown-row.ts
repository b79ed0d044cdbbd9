import type { BreakdownItem } from "@sluice/protocol/api/breakdowns"
import type { Dimension } from "@sluice/protocol/api/figures"

/** What one value came to, and what it came to in the period before. */
export interface BreakdownRow {
  /** Tells rows of one list apart. */
  readonly key: string
  readonly title: string
  /** Why there is no value; null when there is one. */
  readonly explanation: string | null
  /** What the URL and the filters of the API call it; null for what cannot be asked for on its own. */
  readonly filter: string | null
  readonly item: BreakdownItem
  /** Null: it had none, or the period before is not known of it. */
  readonly previous: BreakdownItem | null
}

const headers: Readonly<Partial<Record<Dimension, string>>> = {
  feature: "X-Sluice-Feature",
  task: "X-Sluice-Task",
  user: "X-Sluice-User",
  session: "X-Sluice-Session",
}

/** Puts the values of a period beside the same values of the period before. */
export function toRows(
  dimension: Dimension,
  items: readonly BreakdownItem[],
  previous: readonly BreakdownItem[],
): readonly BreakdownRow[] {
  const before = new Map(previous.map((item) => [keyOf(item), item]))
  return items.map((item) => ({
    key: keyOf(item),
    ...nameOf(dimension, item),
    item,
    previous: before.get(keyOf(item)) ?? null,
  }))
}

const keyOf = ({ value, other }: BreakdownItem): string => (other ? "other" : value === null ? "none" : `= ${value}`)

function nameOf(dimension: Dimension, { value, name, other }: BreakdownItem) {
  if (other) {
    const explanation =
      "All values beyond those that are counted apart, together: Sluice bounds how many it counts, so that a runaway value cannot fill the disk."
    return { title: "other", explanation, filter: null }
  }
  if (value !== null) return { title: name ?? value, explanation: null, filter: value }
  const header = headers[dimension]
  if (dimension === "feature") {
    const explanation = `Requests without the header ${header}. Send it to see which part of an application they are from.`
    return { title: "untagged", explanation, filter: "untagged" }
  }
  const explanation = header
    ? `Requests without the header ${header}.`
    : `Requests that ended before a ${dimension} was known.`
  return { title: "none", explanation, filter: null }
}
