import type { BreakdownItem } from "@sluice/protocol/api/breakdowns"
import { describe, expect, it } from "vitest"
import { toBreakdownCsv } from "./breakdown-csv.ts"
import { toRows } from "./breakdown-row.ts"

const item = (more: Partial<BreakdownItem>): BreakdownItem => ({
  value: "search",
  name: null,
  other: false,
  requests: 10,
  requests_share: 0.5,
  errors: 1,
  error_rate: 0.1,
  cost: { usd: "0.000123", unknown_requests: 2, estimated_requests: 0 },
  tokens: { input: 100, output: null, cache_read: null, cache_write: null, reasoning: null, unknown_requests: 0 },
  latency_ms_mean: 120,
  latency_ms: null,
  time_to_first_token_ms: null,
  ...more,
})

describe("rows of a breakdown", () => {
  it("stand beside the same value of the period before, and beside nothing when it was not there", () => {
    const before = [item({ requests: 5 }), item({ value: null, other: true, requests: 3 })]
    const rows = toRows("feature", [item({}), item({ value: "chat" }), item({ value: null })], before)
    expect(rows.map(({ title, previous }) => [title, previous?.requests ?? null])).toEqual([
      ["search", 5],
      ["chat", null],
      ["untagged", null],
    ])
  })

  it("say what has no name, and which of it can be asked for", () => {
    const nobody = item({ value: null })
    expect(toRows("feature", [nobody], [])[0]).toMatchObject({
      filter: "untagged",
      explanation: expect.stringContaining("X-Sluice-Feature"),
    })
    expect(toRows("provider", [nobody], [])[0]).toMatchObject({ title: "none", filter: null })
    expect(toRows("model", [item({ value: null, other: true })], [])[0]).toMatchObject({ title: "other", filter: null })
    expect(toRows("key", [item({ value: "key_1", name: "search-bot" })], [])[0]).toMatchObject({
      title: "search-bot",
      filter: "key_1",
    })
  })

  it("become CSV with exact amounts, and unknown left empty", () => {
    const [head, row] = toBreakdownCsv("feature", toRows("feature", [item({})], [])).split("\r\n")
    expect(head).toContain("feature,name,requests")
    expect(row).toBe("search,search,10,0.5,,1,0.1,0.000123,2,0,100,,,,120")
  })
})
