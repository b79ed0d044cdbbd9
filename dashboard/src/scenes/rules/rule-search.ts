import type { Period } from "@sluice/protocol/api/figures"

/** The periods a share is shown for, in words. */
export const periodWords: Readonly<Record<Period, string>> = {
  last_24h: "last 24 hours",
  last_7d: "last 7 days",
  last_30d: "last 30 days",
}

/** What the URL of the page says: the rule that is pointed at, and the period; without one, the last 24 hours. */
export interface RuleSearch {
  readonly rule?: string
  readonly period?: Period
}

/** Never throws: what is no id of a rule, or no period, is left out. */
export function readRuleSearch(search: Readonly<Record<string, unknown>>): RuleSearch {
  const { rule, period } = search
  return {
    ...(typeof rule === "string" && /^rul_[0-9a-z]{26}$/.test(rule) ? { rule } : {}),
    ...(isPeriod(period) ? { period } : {}),
  }
}

const isPeriod = (value: unknown): value is Period => typeof value === "string" && Object.hasOwn(periodWords, value)
