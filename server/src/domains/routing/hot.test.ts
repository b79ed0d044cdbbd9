import type { ProviderName } from "@sluice/protocol/providers"
import type { RuleMatch, RuleSkipReason, SplitTarget } from "@sluice/protocol/routing-rule"
import type { RuleEntity } from "@sluice/protocol/snapshot"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { createUuid } from "../../platform/ids.ts"
import { indexCatalog } from "../catalog/hot.ts"
import {
  chooseTarget,
  compareRules,
  compileGlob,
  compileRule,
  decideRoute,
  mismatchOf,
  providerOfTarget,
  type RuleFacts,
  type RuleSubject,
  RuleTable,
} from "./hot.ts"

const project = createUuid(1)

const ruleWith = (part: Partial<RuleEntity> = {}): RuleEntity => ({
  kind: "rule",
  id: createUuid(2),
  organization_id: createUuid(1),
  project_id: project,
  priority: 10,
  match: {},
  targets: [{ weight: 1, provider: "groq", model: "llama" }],
  ...part,
})

const facts: RuleFacts = {
  feature: "checkout",
  task: "extraction",
  provider: "openai",
  model: "gpt-4o-mini",
  environment: "production",
  metadata: { tier: "gold", seats: 12, trial: false, tags: ["a"] },
  promptBytes: 1000,
  streaming: true,
  hasTools: false,
}

const nothing: RuleFacts = {
  feature: null,
  task: null,
  provider: null,
  model: null,
  environment: null,
  metadata: null,
  promptBytes: null,
  streaming: null,
  hasTools: null,
}

const subjectWith = (part: Partial<RuleSubject> = {}): RuleSubject => ({
  ...facts,
  provider: "openai",
  model: "gpt-4o-mini",
  stickyKey: null,
  providerOf: () => "openai",
  refusal: () => null,
  ...part,
})

describe("a condition", () => {
  const holds: readonly (readonly [string, RuleMatch])[] = [
    ["nothing at all", {}],
    ["an exact feature", { feature: "checkout" }],
    ["a glob at the end", { feature: "check*" }],
    ["a glob in front", { feature: "*out" }],
    ["a glob on both sides", { feature: "*eck*" }],
    ["a task", { task: "extraction" }],
    ["a provider", { provider: "openai" }],
    ["a model's family", { model: "gpt-4o*" }],
    ["an environment", { environment: "prod*" }],
    ["a metadata key with its value", { metadata: { tier: "gold" } }],
    ["a metadata key with any value", { metadata: { tier: "*" } }],
    ["a metadata number", { metadata: { seats: "12" } }],
    ["a metadata boolean", { metadata: { trial: "false" } }],
    ["a size from", { prompt_bytes: { gte: 1000 } }],
    ["a size up to", { prompt_bytes: { lte: 1000 } }],
    ["a size between", { prompt_bytes: { gte: 999, lte: 1001 } }],
    ["an empty size", { prompt_bytes: {} }],
    ["streaming", { streaming: true }],
    ["no tools", { has_tools: false }],
    ["conditions that are null", { feature: null, metadata: null, prompt_bytes: { gte: null }, streaming: null }],
    [
      "everything at once",
      { feature: "checkout", task: "*", model: "gpt*", metadata: { tier: "g*d" }, streaming: true },
    ],
  ]

  it.each(holds)("holds: %s", (_, match) => {
    expect(mismatchOf(compileRule(ruleWith({ match })), facts)).toBeNull()
  })

  const fails: readonly (readonly [string, RuleMatch, string])[] = [
    ["another feature", { feature: "search" }, "feature"],
    ["another case", { feature: "Checkout" }, "feature"],
    ["a part of a feature", { feature: "check" }, "feature"],
    ["another task", { task: "reasoning" }, "task"],
    ["another provider", { provider: "anthropic" }, "provider"],
    ["another model", { model: "gpt-4o" }, "model"],
    ["another environment", { environment: "staging" }, "environment"],
    ["a metadata key that is not there", { metadata: { plan: "*" } }, "metadata"],
    ["a metadata value that is another", { metadata: { tier: "silver" } }, "metadata"],
    ["one of two metadata keys", { metadata: { tier: "gold", plan: "x" } }, "metadata"],
    ["metadata that is a list", { metadata: { tags: "*" } }, "metadata"],
    ["a key that every object has", { metadata: { constructor: "*" } }, "metadata"],
    ["a prompt too small", { prompt_bytes: { gte: 1001 } }, "prompt_bytes"],
    ["a prompt too large", { prompt_bytes: { lte: 999 } }, "prompt_bytes"],
    ["no streaming", { streaming: false }, "streaming"],
    ["tools", { has_tools: true }, "has_tools"],
    ["one of many", { feature: "checkout", has_tools: true }, "has_tools"],
  ]

  it.each(fails)("fails: %s", (_, match, condition) => {
    expect(mismatchOf(compileRule(ruleWith({ match })), facts)).toBe(condition)
  })

  it("fails on what a request does not say, even for a glob that anything fits", () => {
    for (const match of [
      { feature: "*" },
      { task: "*" },
      { provider: "*" },
      { model: "*" },
      { environment: "*" },
      { metadata: { tier: "*" } },
      { prompt_bytes: { gte: 0 } },
      { streaming: false },
      { has_tools: false },
    ]) {
      expect(mismatchOf(compileRule(ruleWith({ match })), nothing)).toBe(Object.keys(match)[0])
    }
  })
})

describe("a glob", () => {
  it("fits exactly what the regular expression of the same meaning fits", () => {
    const text = fc.array(fc.constantFrom("a", "b", ".", "*", "\\"), { maxLength: 12 }).map((list) => list.join(""))
    fc.assert(
      fc.property(text, text, (glob, candidate) => {
        const pattern = glob.replace(/[.\\]/g, "\\$&").replaceAll("*", ".*")
        return compileGlob(glob)(candidate) === new RegExp(`^${pattern}$`, "s").test(candidate)
      }),
      { numRuns: 2000 },
    )
  })
})

describe("the rules of a project", () => {
  it("stand in the order of their priority, then of their age, however they came", () => {
    const table = new RuleTable()
    const rules = [createUuid(5), createUuid(6), createUuid(7)].map((id, index) =>
      ruleWith({ id, priority: index === 2 ? 1 : 10 }),
    )
    for (const rule of [...rules].reverse()) table.put(rule)
    expect(table.of(project).map(({ id }) => id)).toEqual([rules[2]?.id, rules[0]?.id, rules[1]?.id])
    table.put({ ...(rules[0] as RuleEntity), priority: 20 })
    expect(table.of(project).at(-1)?.id).toBe(rules[0]?.id)
    for (const rule of rules) table.delete(rule.id)
    expect(table.of(project)).toEqual([])
    expect(table.size).toBe(0)
  })

  it("are the project's own", () => {
    const table = new RuleTable()
    table.put(ruleWith())
    expect(table.of(createUuid(9))).toEqual([])
  })
})

describe("the decision", () => {
  const rules = (...parts: Partial<RuleEntity>[]) =>
    parts.map((part, index) => compileRule(ruleWith({ id: createUuid(100 + index), ...part }))).sort(compareRules)

  it("is the first rule whose conditions hold", () => {
    const list = rules(
      { match: { feature: "search" } },
      { targets: [{ weight: 1, model: "gpt-4o" }] },
      { targets: [{ weight: 1, model: "gpt-5" }] },
    )
    expect(decideRoute(list, subjectWith(), Math.random)).toEqual({
      rule: list[1],
      provider: "openai",
      model: "gpt-4o",
      skipped: [],
    })
  })

  it("passes over a rule that cannot be followed, says why, and asks the next", () => {
    const list = rules({}, { targets: [{ weight: 1, model: "gpt-4o" }] })
    const subject = subjectWith({ refusal: (provider) => (provider === "groq" ? "no_credential" : null) })
    const { rule, model, skipped } = decideRoute(list, subject, Math.random)
    expect(rule).toBe(list[1])
    expect(model).toBe("gpt-4o")
    expect(skipped).toEqual([{ rule: list[0], reason: "no_credential" }])
  })

  it("leaves the request as it came when no rule is left", () => {
    const list = rules({ match: { task: "none" } }, {})
    const decision = decideRoute(list, subjectWith({ refusal: () => "translation_unavailable" }), Math.random)
    expect(decision).toMatchObject({ rule: null, provider: "openai", model: "gpt-4o-mini" })
    expect(decision.skipped).toEqual([{ rule: list[1], reason: "translation_unavailable" }])
  })

  it("fails no request, whatever is wrong with a rule", () => {
    const refusal = (): RuleSkipReason | null => {
      throw new Error("broken")
    }
    const decision = decideRoute(rules({}), subjectWith({ refusal }), Math.random)
    expect(decision.rule).toBeNull()
    expect(decision.skipped).toMatchObject([{ reason: "not_evaluable" }])
  })

  it("keeps the model where a target names the provider alone, and finds the provider where it names the model alone", () => {
    const provider = rules({ targets: [{ weight: 1, provider: "groq" }] })
    expect(decideRoute(provider, subjectWith(), Math.random)).toMatchObject({ provider: "groq", model: "gpt-4o-mini" })
    const model = rules({ targets: [{ weight: 1, model: "llama" }] })
    const subject = subjectWith({ providerOf: (name) => (name === "llama" ? "groq" : "openai") })
    expect(decideRoute(model, subject, Math.random)).toMatchObject({ provider: "groq", model: "llama" })
  })

  const texts = ["a", "ab", "b*", "*", "abc"]
  const glob = fc.option(fc.constantFrom(...texts), { nil: undefined })
  const matches: fc.Arbitrary<RuleMatch> = fc.record({
    feature: glob,
    task: glob,
    model: glob,
    metadata: fc.option(fc.dictionary(fc.constantFrom("k", "l"), fc.constantFrom(...texts)), { nil: undefined }),
    prompt_bytes: fc.option(fc.record({ gte: fc.nat(20), lte: fc.integer({ min: 20, max: 40 }) }), { nil: undefined }),
    streaming: fc.option(fc.boolean(), { nil: undefined }),
    has_tools: fc.option(fc.boolean(), { nil: undefined }),
  })
  const words = fc.option(fc.constantFrom("a", "ab", "abc", "b", "bb"))
  const requests = fc.record({
    feature: words,
    task: words,
    metadata: fc.option(fc.dictionary(fc.constantFrom("k", "l"), fc.constantFrom("a", "b", "ab"))),
    promptBytes: fc.nat(50),
    streaming: fc.boolean(),
    hasTools: fc.boolean(),
    refused: fc.subarray<ProviderName>(["groq", "anthropic"]),
  })

  it("is the first enabled rule that matches and may be followed, for any rules and any request", () => {
    const target = fc.record({
      provider: fc.constantFrom<ProviderName>("openai", "groq", "anthropic"),
      model: fc.constantFrom("m1", "m2"),
      weight: fc.integer({ min: 1, max: 9 }),
    })
    const rule = fc.record({
      match: matches,
      priority: fc.nat(3),
      targets: fc.array(target, { minLength: 1, maxLength: 3 }),
    })
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 8 }), requests, (list, { refused, ...request }) => {
        const ordered = rules(...list)
        const subject = subjectWith({
          ...request,
          model: "ab",
          stickyKey: "s",
          refusal: (provider) => (refused.includes(provider as ProviderName) ? "no_credential" : null),
        })
        const matching = ordered.filter((one) => mismatchOf(one, subject) === null)
        const mayGo = matching.map(
          (one) => !refused.includes(chooseTarget(one, "s", Math.random).provider as ProviderName),
        )
        const winner = mayGo.indexOf(true)
        const decision = decideRoute(ordered, subject, Math.random)
        expect(decision.rule).toBe(matching[winner] ?? null)
        expect(decision.skipped.map((one) => one.rule)).toEqual(winner < 0 ? matching : matching.slice(0, winner))
        if (winner < 0) expect(decision).toMatchObject({ provider: "openai", model: "ab" })
      }),
      { numRuns: 1000 },
    )
  })
})

describe("a split", () => {
  const splitOf = (targets: SplitTarget[], id = createUuid(50)) => compileRule(ruleWith({ id, targets }))
  const weights = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 2, maxLength: 5 })
  const toTargets = (list: readonly number[]): SplitTarget[] => list.map((weight, at) => ({ weight, model: `m${at}` }))

  /** Shares that so many draws should give, within five standard deviations. */
  function expectShares(list: readonly number[], counted: ReadonlyMap<string, number>, draws: number): void {
    const total = list.reduce((sum, weight) => sum + weight, 0)
    list.forEach((weight, at) => {
      const share = weight / total
      const deviation = Math.sqrt((share * (1 - share)) / draws)
      expect(Math.abs((counted.get(`m${at}`) ?? 0) / draws - share)).toBeLessThan(5 * deviation + 1 / draws)
    })
  }

  const countOf = (draws: number, draw: (index: number) => string): ReadonlyMap<string, number> => {
    const counted = new Map<string, number>()
    for (let i = 0; i < draws; i += 1) {
      const drawn = draw(i)
      counted.set(drawn, (counted.get(drawn) ?? 0) + 1)
    }
    return counted
  }

  it("gives sessions their shares, and each session one target for good", () => {
    fc.assert(
      fc.property(weights, fc.string(), (list, prefix) => {
        const rule = splitOf(toTargets(list), "01936b3e-0000-7000-8000-000000000000")
        const again = splitOf(toTargets(list), "01936b3e-0000-7000-8000-000000000000")
        const of = (index: number) => chooseTarget(rule, `${prefix}-${index}`, () => Number.NaN).model ?? ""
        expectShares(list, countOf(5000, of), 5000)
        for (let i = 0; i < 50; i += 1) expect(chooseTarget(again, `${prefix}-${i}`, Math.random).model).toBe(of(i))
      }),
      { numRuns: 15, seed: 7 },
    )
  })

  it("gives requests of nobody their shares by chance alone", () => {
    const rule = splitOf(toTargets([90, 10]))
    const draws = 10_000
    const drawn = Array.from({ length: draws }, (_, i) => chooseTarget(rule, null, () => i / draws).model ?? "")
    expect(drawn.filter((model) => model === "m0")).toHaveLength(9000)
  })

  it("moves no more sessions than a change of weights asks for", () => {
    const id = createUuid(60)
    const before = splitOf(toTargets([90, 10]), id)
    const after = splitOf(toTargets([80, 20]), id)
    const sessions = Array.from({ length: 5000 }, (_, i) => `s${i}`)
    const modelOf = (rule: typeof before, session: string) => chooseTarget(rule, session, Math.random).model
    const moved = sessions.filter((session) => modelOf(before, session) !== modelOf(after, session))
    expect(moved.length / sessions.length).toBeGreaterThan(0.08)
    expect(moved.length / sessions.length).toBeLessThan(0.12)
  })

  it("places a key where the guide says", () => {
    const rule = splitOf(toTargets([50, 50]), "01936b3e-0000-7000-8000-000000000000")
    // The first 48 bits of SHA-256 of "01936b3e-0000-7000-8000-000000000000\nsession-1", by sha256sum.
    const fraction = 0xef2746741726 / 2 ** 48
    expect(chooseTarget(rule, "session-1", Math.random).model).toBe(fraction < 0.5 ? "m0" : "m1")
  })
})

describe("the provider of a model that a rule names alone", () => {
  const catalog = indexCatalog({
    models: {
      openai: ["gpt-4o"],
      together: ["llama", "gpt-4o"],
      groq: ["llama", "gpt-oss"],
      anthropic: ["claude"],
      elsewhere: ["odd"],
    },
    patterns: [],
  })

  it.each<readonly [ProviderName, string, ProviderName]>([
    ["openai", "gpt-4o", "openai"],
    ["openai", "llama", "groq"],
    ["openai", "claude", "anthropic"],
    ["openai", "gpt-oss", "groq"],
    ["together", "gpt-4o", "together"],
    ["openai", "gpt-99", "openai"],
    ["openai", "odd", "openai"],
    ["custom", "gpt-4o", "custom"],
  ])("of a request for %s and the model %s is %s", (current, model, expected) => {
    const refusal = (name: ProviderName | null) => (name === "together" ? ("no_credential" as const) : null)
    expect(providerOfTarget(catalog, { provider: current, refusal }, model)).toBe(expected)
  })
})
