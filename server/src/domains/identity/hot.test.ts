import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { compareCredentials, type HotCredential, isModelAllowed, matchesGlob } from "./hot.ts"

const credential = (id: string, source: "stored" | "environment", priority: number): HotCredential => ({
  id,
  organizationId: "o",
  projectId: "p",
  provider: "openai",
  source,
  baseUrl: null,
  sealed: "",
  priority,
  headers: {},
  options: {},
})

describe("a key's list of models", () => {
  it("allows every model when there is none", () => {
    expect(isModelAllowed(null, "gpt-4o")).toBe(true)
  })

  it("allows nothing when it is empty", () => {
    expect(isModelAllowed([], "gpt-4o")).toBe(false)
  })

  it.each([
    ["gpt-4o", "gpt-4o", true],
    ["gpt-4o", "gpt-4o-mini", false],
    ["gpt-4o", "GPT-4o", false],
    ["gpt-4o*", "gpt-4o-mini", true],
    ["gpt-4o*", "gpt-4o", true],
    ["*-mini", "gpt-4o-mini", true],
    ["*-mini", "gpt-4o", false],
    ["claude-*-4*", "claude-sonnet-4-20250514", true],
    ["claude-*-4*", "claude-3-haiku", false],
    ["a*a", "a", false],
    ["*", "", true],
    ["gpt.4o*", "gpt-4o", false],
  ])("reads %s for %s", (entry, model, allowed) => {
    expect(isModelAllowed([entry], model)).toBe(allowed)
  })
})

describe("a glob", () => {
  it("matches exactly what the same regular expression matches", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "-"), maxLength: 12 })
    const glob = fc.string({ unit: fc.constantFrom("a", "b", "-", "*"), maxLength: 8 })
    fc.assert(
      fc.property(glob, text, (pattern, subject) => {
        const expression = new RegExp(`^${pattern.replaceAll(/\*+/g, "[^]*")}$`)
        expect(matchesGlob(pattern, subject)).toBe(expression.test(subject))
      }),
      { numRuns: 2000 },
    )
  })

  it("stays quick where backtracking would never end", () => {
    const begun = performance.now()
    expect(matchesGlob(`${"a*".repeat(100)}b`, "a".repeat(256))).toBe(false)
    expect(performance.now() - begun).toBeLessThan(50)
  })
})

describe("credentials of a project for a provider", () => {
  it("are tried stored ones first, then by priority, then the oldest", () => {
    const sorted = [
      credential("1", "environment", 9),
      credential("4", "stored", 0),
      credential("3", "stored", 0),
      credential("2", "stored", 5),
    ].sort(compareCredentials)
    expect(sorted.map(({ id }) => id)).toEqual(["2", "3", "4", "1"])
  })
})
