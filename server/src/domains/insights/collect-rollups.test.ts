import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { collectRollups, grains } from "./collect-rollups.ts"
import { exampleRow } from "./example-row.ts"
import { dimensionSums, metricCounts, metricSums, singleDimensions } from "./rollup-columns.ts"
import { addRow, noTotals, type TotalColumns, type Totals } from "./totals.ts"

const now = Date.parse("2026-06-01T12:00:00Z")
const anything = () => true

const word = fc.option(fc.constantFrom("", "a", "b", "null", "a\nb", "\ud800", "\0"), { nil: null })
const row = fc
  .record({
    finishedAt: fc.integer({ min: now - 3 * 86_400_000, max: now }),
    feature: word,
    model_actual: word,
    model_requested: word,
    provider: word,
    task: word,
    user_id: word,
    cost: fc.option(fc.bigInt({ min: 0n, max: 10n ** 15n }), { nil: null }),
    input_tokens: fc.option(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), { nil: null }),
    status: fc.constantFrom(200, 429, 500),
  })
  .map(({ cost, finishedAt, ...values }) => exampleRow(finishedAt, { ...values, ...exampleCost(cost) }))

const exampleCost = (cost: bigint | null) =>
  cost === null
    ? { cost_usd: null, cost_unknown_reason: "no_price" as const }
    : {
        cost_usd: `${cost / 10n ** 12n}.${(cost % 10n ** 12n).toString().padStart(12, "0")}`,
        cost_unknown_reason: null,
      }

const dimensionTotals = ["requests", "errors", "usage_unknown", "usage_estimated", "cost_no_price"] as const

function expectSum(groups: readonly { readonly totals: Totals }[], expected: Totals, columns: TotalColumns): void {
  for (const name of columns.counts) {
    expect(groups.reduce((sum, { totals }) => sum + totals.counts[name], 0)).toBe(expected.counts[name])
  }
  for (const name of columns.sums) {
    const sums = groups.map(({ totals }) => totals.sums[name])
    expect(sums.reduce((a, b) => (b === null ? a : (a ?? 0n) + b), null)).toBe(expected.sums[name])
  }
}

describe("collecting rollups", () => {
  it("comes to the same totals in minutes, hours, days and every dimension, exactly", () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 40 }), (rows) => {
        const expected = noTotals()
        for (const one of rows) addRow(expected, one)
        const { metrics, dimensions, durations } = collectRollups(rows, anything)
        for (const grain of grains) {
          const groups = metrics.filter((group) => group.grain === grain)
          expectSum(groups, expected, { counts: metricCounts, sums: metricSums })
        }
        for (const name of singleDimensions) {
          const groups = dimensions.filter(({ dimension }) => dimension === name)
          expectSum(groups, expected, { counts: dimensionTotals, sums: dimensionSums })
        }
        expect(durations.reduce((sum, { latency }) => sum + latency.count, 0)).toBe(rows.length)
      }),
    )
  })

  it("gives each series and bucket one group, however its texts are put together", () => {
    const rows = [
      exampleRow(now, { feature: "a\nb", model_actual: "c" }),
      exampleRow(now, { feature: "a", model_actual: "b\nc" }),
      exampleRow(now, { feature: "null", provider: null }),
      exampleRow(now, { feature: null, provider: "null" }),
    ]
    expect(collectRollups(rows, anything).metrics.filter(({ grain }) => grain === "minute")).toHaveLength(4)
  })

  it("puts what is not counted apart into one row, which says so", () => {
    const rows = ["x", "y", "z"].map((feature) => exampleRow(now, { feature, user_id: feature }))
    const { metrics, dimensions } = collectRollups(rows, (_, value) => value !== "x" && value !== "y")
    const days = metrics.filter(({ grain }) => grain === "day")
    expect(days.map(({ series, totals }) => [series.feature, series.feature_other, totals.counts.requests])).toEqual([
      ["", true, 2],
      ["z", false, 1],
    ])
    const users = dimensions.filter(({ dimension }) => dimension === "user")
    expect(users.map(({ value, other, totals }) => [value, other, totals.counts.requests])).toEqual([
      ["z", false, 1],
      ["", true, 2],
    ])
  })
})
