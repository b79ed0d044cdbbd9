import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { emptyCatalog, familyOf, indexCatalog, nearestModels, providersOf } from "./hot.ts"

const catalog = indexCatalog({
  models: {
    anthropic: ["claude-sonnet-4-20250514"],
    groq: ["llama-3.3-70b-versatile", "openai/gpt-oss-120b", "shared-model"],
    openai: ["gpt-4o", "gpt-4o-mini", "shared-model"],
  },
  patterns: [
    { pattern: "openai/gpt-oss-*", provider: "groq" },
    { pattern: "claude-*", provider: "anthropic" },
    { pattern: "ft:gpt-*", provider: "openai" },
    { pattern: "gpt-*-preview", provider: "openai" },
    { pattern: "gpt-*", provider: "openai" },
    { pattern: "embedding-001", provider: "gemini" },
  ],
})

describe("finding a model's providers", () => {
  it.each([
    ["gpt-4o", ["openai"]],
    ["claude-sonnet-4-20250514", ["anthropic"]],
    ["openai/gpt-oss-120b", ["groq"]],
    ["shared-model", ["groq", "openai"]],
    ["claude-opus-9", []],
    ["__proto__", []],
  ])("lists for %s those who serve it by that name: %j", (model, providers) => {
    expect(providersOf(catalog, model)).toEqual(providers)
  })

  it.each([
    ["claude-opus-9", "anthropic"],
    ["ft:gpt-4o:acme::1", "openai"],
    ["gpt-9-preview", "openai"],
    ["openai/gpt-oss-900b", "groq"],
    ["embedding-001", "gemini"],
  ])("places %s in a family of %s", (model, provider) => {
    expect(familyOf(catalog, model)).toBe(provider)
  })

  it.each(["mistral-large", "GPT-4o", "", "embedding-0012", "my-claude-3", "__proto__", "constructor"])(
    "says nothing of %s",
    (model) => {
      expect(familyOf(catalog, model)).toBeNull()
    },
  )

  it("knows nothing before there is a catalog", () => {
    expect(providersOf(emptyCatalog, "gpt-4o")).toEqual([])
    expect(familyOf(emptyCatalog, "gpt-4o")).toBeNull()
  })
})

describe("the nearest models", () => {
  it("come nearest first and only as many as asked for", () => {
    expect(nearestModels(catalog, "gpt-4o-mni", 2)).toEqual(["gpt-4o-mini", "gpt-4o"])
    expect(nearestModels(catalog, "gpt4o", 1)).toEqual(["gpt-4o"])
    expect(nearestModels(catalog, "GPT-4O", 1)).toEqual(["gpt-4o"])
  })

  it("are none for what resembles no model", () => {
    expect(nearestModels(catalog, "x".repeat(30), 3)).toEqual([])
    expect(nearestModels(catalog, "x".repeat(5000), 3)).toEqual([])
  })

  it("are those of the plain edit distance, up to six edits", () => {
    const name = fc.string({ unit: fc.constantFrom("a", "b", "c", "-"), maxLength: 14 })
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 8 }), name, (names, asked) => {
        const index = indexCatalog({ models: { openai: names }, patterns: [] })
        const expected = names
          .map((known) => ({ known, distance: plainDistance(known, asked) }))
          .filter(({ distance }) => distance <= 6)
          .sort((a, b) => a.distance - b.distance || (a.known < b.known ? -1 : 1))
          .map(({ known }) => known)
        expect(nearestModels(index, asked, 100)).toEqual(expected)
      }),
      { numRuns: 500 },
    )
  })

  it("cost little in a large catalog, however the question is chosen", () => {
    const names = Array.from({ length: 3000 }, (_, i) => `${"a".repeat(40)}-${i.toString(36).padStart(8, "z")}`)
    const large = indexCatalog({ models: { openai: names }, patterns: [] })
    const times = Array.from({ length: 5 }, () => {
      const begun = performance.now()
      nearestModels(large, `${"a".repeat(42)}-zzzzzz`, 3)
      return performance.now() - begun
    })
    expect(Math.min(...times)).toBeLessThan(40)
  })
})

/** Levenshtein's distance by its definition, row by row. */
function plainDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      next.push(Math.min((row[j - 1] ?? 0) + same, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
