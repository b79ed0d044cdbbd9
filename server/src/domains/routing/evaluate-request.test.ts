import { EvaluateRoutingRules } from "@sluice/protocol/api/routing-rules"
import { describe, expect, it } from "vitest"
import { indexCatalog } from "../catalog/hot.ts"
import { evaluateRequest } from "./evaluate-request.ts"
import { exampleKnowledge, exampleRule } from "./example-rules.ts"
import type { RoutingRule } from "./routing-rule.ts"
import { warningsOf } from "./rule-warnings.ts"

const evaluate = (rules: readonly RoutingRule[], described: object, knowledge = exampleKnowledge("openai", "groq")) =>
  evaluateRequest(rules, EvaluateRoutingRules.parse(described), { knowledge, random: () => 0 })

describe("a dry run", () => {
  it("says which rule decides, where the request goes, and why each rule matched or not", () => {
    const rules = [
      exampleRule({ enabled: false }, 1),
      exampleRule({ match: { feature: "search*" } }, 2),
      exampleRule({ match: { task: "extraction" } }, 3),
      exampleRule({ match: { feature: "checkout" }, action: { provider: "groq", model: "llama-3.3" } }, 4),
      exampleRule({}, 5),
    ]
    const result = evaluate(rules, { feature: "checkout", model: "gpt-4o" })
    expect(result).toMatchObject({ rule: { id: rules[3]?.id }, provider: "groq", model: "llama-3.3", skipped: [] })
    expect(result.considered.map(({ matched, reason }) => [matched, reason])).toEqual([
      [false, "The rule is not enabled."],
      [false, 'feature must be "search*", and it is "checkout".'],
      [false, 'task must be "extraction", and the request says nothing of it.'],
      [true, "Every condition holds; this rule decides."],
      [true, "Every condition holds, but a rule before this one decides."],
    ])
    expect(result.considered.map(({ ruleId }) => ruleId)).toEqual(rules.map(({ id }) => id))
  })

  it("skips what the gateway would skip", () => {
    const rules = [
      exampleRule({ action: { provider: "anthropic", model: "claude-sonnet" } }, 1),
      exampleRule({ action: { model: "llama-3.3" } }, 2),
    ]
    const without = evaluate(rules, { model: "gpt-4o" })
    expect(without.skipped.map(({ reason }) => reason)).toEqual(["no_credential"])
    expect(without.considered[0]).toMatchObject({ matched: true, reason: expect.stringContaining("no credential") })
    expect(without).toMatchObject({ provider: "groq", model: "llama-3.3" })
    const other = evaluate(rules, { model: "gpt-4o" }, exampleKnowledge("openai", "anthropic"))
    expect(other.skipped.map(({ reason }) => reason)).toEqual(["translation_unavailable", "no_credential"])
    expect(other).toMatchObject({ rule: null, provider: "openai", model: "gpt-4o" })
  })

  it("finds the provider that is not given as the gateway would, and says null where nothing tells", () => {
    expect(evaluate([], { model: "claude-99" })).toMatchObject({ provider: "anthropic", model: "claude-99" })
    expect(evaluate([], { model: "groq/new-model" })).toMatchObject({ provider: "groq", model: "new-model" })
    expect(evaluate([], { model: "unheard-of" })).toMatchObject({ provider: null, model: "unheard-of" })
    expect(evaluate([], { model: "unheard-of" }, exampleKnowledge("custom"))).toMatchObject({ provider: "custom" })
    expect(evaluate([], {})).toMatchObject({ rule: null, provider: null, model: null, considered: [] })
  })

  it("reads a name with a slash as the gateway does, by who lists it and who can be reached", () => {
    const knowing = (...reachable: Parameters<typeof exampleKnowledge>) => ({
      ...exampleKnowledge(...reachable),
      catalog: indexCatalog({
        models: { openai: ["gpt-4o"], openrouter: ["openai/gpt-4o"], groq: ["openai/gpt-oss-120b"] },
        patterns: [],
      }),
    })
    const place = (model: string, knowledge: ReturnType<typeof knowing>) => {
      const { provider, model: asked } = evaluate([], { model }, knowledge)
      return [provider, asked]
    }
    expect(place("openai/gpt-4o", knowing("openai"))).toEqual(["openai", "gpt-4o"])
    expect(place("openai/gpt-4o", knowing("openrouter"))).toEqual(["openrouter", "openai/gpt-4o"])
    expect(place("openai/gpt-oss-120b", knowing("openai", "groq"))).toEqual(["groq", "openai/gpt-oss-120b"])
    expect(place("groq/new-model", knowing("openai"))).toEqual(["groq", "new-model"])
    const own = { id: "m", provider: "custom" as const, isReachable: true }
    const house = {
      ...knowing("openai"),
      customModels: new Map([
        ["house-llama", own],
        ["groq/own", own],
      ]),
    }
    expect(place("custom/house-llama", house)).toEqual(["custom", "house-llama"])
    expect(place("groq/own", house)).toEqual(["custom", "groq/own"])
  })

  it("keeps a session at the target that the gateway keeps it at", () => {
    const rule = exampleRule({
      action: {
        split: [
          { weight: 1, model: "gpt-4o" },
          { weight: 1, model: "gpt-4o-mini" },
        ],
      },
    })
    const of = (session: string) => evaluate([rule], { model: "gpt-4o", session }).model
    const seen = Array.from({ length: 40 }, (_, i) => of(`s${i}`))
    expect(new Set(seen).size).toBe(2)
    expect(Array.from({ length: 40 }, (_, i) => of(`s${i}`))).toEqual(seen)
  })
})

describe("warnings", () => {
  const warn = (part: Partial<RoutingRule>, ...reachable: Parameters<typeof exampleKnowledge>) =>
    warningsOf(exampleRule(part), exampleKnowledge(...reachable)).map(({ code }) => code)

  it("tell of a target without a credential, once for each provider", () => {
    expect(warn({ action: { provider: "groq" } }, "openai")).toEqual(["no_credential"])
    const split = [
      { weight: 1, provider: "groq" as const },
      { weight: 2, provider: "groq" as const, model: "x" },
    ]
    expect(warn({ action: { split } }, "openai")).toEqual(["no_credential"])
    expect(warn({ action: { provider: "groq" } }, "groq")).toEqual([])
  })

  it("tell of a protocol that no request of the rule speaks", () => {
    const toClaude = { action: { provider: "anthropic" as const, model: "claude-sonnet" } }
    for (const match of [{ model: "gpt-4o" }, { model: "gpt-*" }, { provider: "openai" }]) {
      expect(warn({ match, ...toClaude }, "openai", "anthropic")).toEqual(["translation_unavailable"])
    }
    for (const match of [{}, { model: "*" }, { provider: "*" }, { model: "claude-*" }, { feature: "x" }]) {
      expect(warn({ match, ...toClaude }, "openai", "anthropic")).toEqual([])
    }
  })

  it("know where a model that stands alone leads", () => {
    expect(warn({ match: { model: "gpt-4o" }, action: { model: "claude-sonnet" } }, "openai")).toEqual([
      "no_credential",
      "translation_unavailable",
    ])
    expect(warn({ match: { model: "gpt-4o" }, action: { model: "gpt-4o-mini" } }, "openai")).toEqual([])
  })
})
