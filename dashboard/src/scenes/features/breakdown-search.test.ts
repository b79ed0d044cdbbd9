import { describe, expect, it } from "vitest"
import { readBreakdownSearch, toggleSorting } from "./breakdown-search.ts"

describe("the URL of a breakdown", () => {
  it("keeps what it knows, and leaves out what is as without it", () => {
    expect(readBreakdownSearch({ by: "model", sort: "-cost_usd", value: "gpt-4o", period: "last_7d" })).toEqual({
      by: "model",
      sort: "-cost_usd",
      value: "gpt-4o",
      period: "last_7d",
    })
    expect(readBreakdownSearch({ by: "feature", sort: "-requests", period: "last_24h" })).toEqual({})
    expect(readBreakdownSearch({ by: "colour", sort: "speed", value: "" })).toEqual({})
  })

  it("sorts largest first, and the other way at the second press", () => {
    expect(toggleSorting("-requests", "cost_usd")).toBe("-cost_usd")
    expect(toggleSorting("-cost_usd", "cost_usd")).toBe("cost_usd")
    expect(toggleSorting("cost_usd", "cost_usd")).toBe("-cost_usd")
  })
})
