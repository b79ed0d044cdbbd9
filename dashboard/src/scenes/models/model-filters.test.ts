import { describe, expect, it } from "vitest"
import { isShown, readModelFilters } from "./model-filters.ts"

const model = { id: "gpt-4o-mini", title: "GPT-4o mini", provider: "openai", deprecated: false }

describe("the filters of the models page", () => {
  it("come from the URL, without what is no filter", () => {
    expect(readModelFilters({ tab: "custom", provider: "groq", state: "retired", q: " llama " })).toEqual({
      tab: "custom",
      provider: "groq",
      state: "retired",
      q: "llama",
    })
    expect(readModelFilters({ tab: "x", state: "y", q: "", provider: ["a"], other: "z" })).toEqual({})
  })

  it("keep a model that fits all of them, by its name or its title, whatever the case", () => {
    expect(isShown(model, {})).toBe(true)
    expect(isShown(model, { q: "4O-MINI", provider: "openai", state: "live" })).toBe(true)
    expect(isShown(model, { q: "gpt-4o m" })).toBe(true)
    expect(isShown(model, { q: "claude" })).toBe(false)
    expect(isShown(model, { provider: "groq" })).toBe(false)
    expect(isShown(model, { state: "retired" })).toBe(false)
  })
})
