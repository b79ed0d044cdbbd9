import { RequestsQuery } from "@sluice/protocol/api/requests"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { parseSearch, stringifySearch } from "../../search.ts"
import { hasFilters, readFilters } from "./request-filters.ts"

describe("readFilters", () => {
  it("keeps what the API understands and leaves out the rest", () => {
    expect(readFilters({ status: "4xx", model: " gpt-4.1 ", provider: "", other: "x", feature: 7 })).toEqual({
      status: "4xx",
      model: "gpt-4.1",
    })
    expect(readFilters({ status: "999" })).toEqual({})
  })

  it("never lets through what the API would refuse, whatever the URL says", () => {
    const value = fc.oneof(
      fc.string({ maxLength: 300 }),
      fc.constantFrom("error", "5xx", "200"),
      fc.integer(),
      fc.constant(null),
    )
    const search = fc.record({ status: value, provider: value, model: value, feature: value }, { requiredKeys: [] })
    fc.assert(
      fc.property(search, (given) => {
        expect(RequestsQuery.safeParse(readFilters(given)).success).toBe(true)
      }),
    )
  })

  it("survives a round through the URL", () => {
    const text = fc.string({ minLength: 1, maxLength: 60 }).filter((given) => given.trim() === given && given !== "")
    const filters = fc.record(
      { status: fc.constantFrom("429", "4xx", "error"), model: text, provider: text, feature: text },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(filters, (given) => {
        expect(readFilters(parseSearch(stringifySearch(given)))).toEqual(given)
      }),
    )
  })
})

describe("hasFilters", () => {
  it("is false only without any", () => {
    expect(hasFilters({})).toBe(false)
    expect(hasFilters({ model: undefined })).toBe(false)
    expect(hasFilters({ feature: "untagged" })).toBe(true)
  })
})
