import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { PricedExchange, ReckonedCost } from "../catalog/index.ts"
import { exampleKnowledge, exampleRecorded, exampleRule } from "./example-rules.ts"
import type { RecordedRequest } from "./recorded-request.ts"
import { replayRequests } from "./replay-requests.ts"
import type { RoutingRule } from "./routing-rule.ts"

/** USD for each token, whatever its kind. */
const prices: Readonly<Record<string, number>> = { "gpt-4o": 10, "gpt-4o-mini": 1, "llama-3.3": 2 }

const reckon = ({ model_actual, usage }: PricedExchange): ReckonedCost => {
  const price = prices[model_actual ?? ""]
  if (price === undefined) return { costUsd: null, reason: "no_price", priceVersion: null }
  return { costUsd: String(price * ((usage.input ?? 0) + (usage.output ?? 0))), reason: null, priceVersion: "1" }
}

const replay = (
  requests: readonly RecordedRequest[],
  rules: readonly RoutingRule[],
  knowledge = exampleKnowledge("openai", "groq"),
) => replayRequests(requests, rules, { knowledge, organizationId: "o", reckon })

describe("a replay", () => {
  it("counts what each rule would catch, from where to where, and what that would cost", () => {
    const rule = exampleRule({ match: { feature: "checkout" }, action: { model: "gpt-4o-mini" } })
    const requests = [
      exampleRecorded({ costUsd: "11000.000000000000" }, 1),
      exampleRecorded({ costUsd: "11000" }, 2),
      exampleRecorded({ feature: "search", costUsd: "5" }, 3),
    ]
    const result = replay(requests, [rule])
    expect(result).toMatchObject({ requests: 3, notRoutable: 0, routed: 2, routedWhenRecorded: 0 })
    expect(result.rules).toEqual([
      {
        ruleId: rule.id,
        caught: 2,
        caughtWhenRecorded: 0,
        skipped: [],
        undecided: 0,
        routes: [
          {
            from: { provider: "openai", model: "gpt-4o" },
            to: { provider: "openai", model: "gpt-4o-mini" },
            requests: 2,
          },
        ],
        cost: { requests: 2, withoutRulesUsd: "22000", withRulesUsd: "2200", differenceUsd: "-19800" },
      },
    ])
    expect(result.cost).toEqual({
      requests: 3,
      withoutRulesUsd: "22005",
      withRulesUsd: "2205",
      differenceUsd: "-19800",
    })
    expect(result.sample.map(({ id }) => id)).toEqual(requests.slice(0, 2).map(({ id }) => id))
    expect([result.from, result.to]).toEqual([requests[2]?.startedAt, requests[0]?.startedAt])
  })

  it("leaves out of the sums what has no known price", () => {
    const rule = exampleRule({ action: { provider: "groq", model: "no-price" } })
    const result = replay([exampleRecorded({}, 1), exampleRecorded({ costUsd: null }, 2)], [rule])
    expect(result.routed).toBe(2)
    expect(result.cost).toEqual({ requests: 0, withoutRulesUsd: "0", withRulesUsd: "0", differenceUsd: "0" })
  })

  it("starts a request that was routed then from where its name leads, and says that it was", () => {
    const rule = exampleRule({ match: { model: "gpt-4o" }, action: { provider: "groq", model: "llama-3.3" } })
    const routed = exampleRecorded({ ruleId: rule.id, provider: "groq", modelActual: "llama-3.3", costUsd: "7" })
    const prefixed = { ...routed, modelRequested: "openai/gpt-4o" }
    const result = replay([routed, prefixed], [rule])
    expect(result.routedWhenRecorded).toBe(2)
    expect(result.rules[0]).toMatchObject({
      caught: 2,
      caughtWhenRecorded: 2,
      routes: [{ from: { provider: "openai", model: "gpt-4o" }, requests: 2 }],
      cost: { requests: 2, withoutRulesUsd: "22000", withRulesUsd: "14" },
    })
  })

  it("knows the project's own models by the name that callers ask for", () => {
    const ours = { id: "m1", provider: "custom" as const, isReachable: true }
    const knowledge = { ...exampleKnowledge("openai"), customModels: new Map([["our-llama", ours]]) }
    const toOurs = exampleRule({ match: { model: "gpt-4o" }, action: { model: "our-llama" } })
    expect(replay([exampleRecorded({})], [toOurs], knowledge).rules[0]?.routes).toMatchObject([
      { to: { provider: "custom", model: "our-llama" }, requests: 1 },
    ])
    const sent = { provider: "custom", customModelId: "m1", modelRequested: "our-llama", modelActual: "llama-3:70b" }
    const fromOurs = exampleRule({
      match: { model: "our-llama" },
      action: { provider: "openai", model: "gpt-4o-mini" },
    })
    const result = replay([exampleRecorded({ ...sent, costUsd: "3" })], [fromOurs], knowledge)
    expect(result.rules[0]).toMatchObject({
      routes: [{ from: { provider: "custom", model: "our-llama" } }],
      cost: { withoutRulesUsd: "3", withRulesUsd: "1100" },
    })
  })

  it("counts requests that rules do not come into, and those that cannot be decided", () => {
    const rule = exampleRule({ match: { has_tools: true } })
    const result = replay(
      [
        exampleRecorded({ provider: null }),
        exampleRecorded({ modelActual: null }),
        exampleRecorded({ hasTools: null }),
      ],
      [rule],
    )
    expect(result).toMatchObject({ requests: 3, notRoutable: 2, routed: 0 })
    expect(result.rules[0]).toMatchObject({ caught: 0, undecided: 1 })
  })

  it("skips what the gateway would skip, and lets a caller's key reach its own provider", () => {
    const rule = exampleRule({ action: { provider: "groq", model: "llama-3.3" } })
    const knowledge = exampleKnowledge("openai")
    const skipped = replay([exampleRecorded({})], [rule], knowledge)
    expect(skipped.rules[0]).toMatchObject({ caught: 0, skipped: [{ reason: "no_credential", requests: 1 }] })
    expect(skipped.sample).toMatchObject([{ ruleId: null, skipped: [{ reason: "no_credential" }] }])
    const own = exampleRecorded({ provider: "groq", modelActual: "llama-3.3", credentialSource: "caller" })
    expect(replay([own], [rule], knowledge).routed).toBe(1)
  })

  it("adds up: the rules' figures are the whole's, whatever the requests and rules", () => {
    const requests = fc.array(
      fc.record({
        feature: fc.option(fc.constantFrom("a", "b")),
        sessionId: fc.option(fc.string()),
        costUsd: fc.option(fc.nat(1000).map(String)),
        streaming: fc.boolean(),
      }),
      { maxLength: 30 },
    )
    const rules = fc.array(
      fc.record({
        match: fc.record({
          feature: fc.constantFrom("a", "b", "*", undefined),
          streaming: fc.constantFrom(true, null),
        }),
        action: fc.constantFrom<RoutingRule["action"]>(
          { model: "gpt-4o-mini" },
          { provider: "anthropic" },
          {
            split: [
              { weight: 3, model: "gpt-4o" },
              { weight: 1, provider: "groq", model: "llama-3.3" },
            ],
          },
        ),
      }),
      { maxLength: 6 },
    )
    fc.assert(
      fc.property(requests, rules, (parts, ruleParts) => {
        const recorded = parts.map((part, index) => exampleRecorded(part, index + 1))
        const list = ruleParts.map((part, index) => exampleRule(part, index + 1))
        const result = replay(recorded, list)
        expect(replay(recorded, list).rules).toEqual(result.rules)
        expect(result.rules.reduce((sum, rule) => sum + rule.caught, 0)).toBe(result.routed)
        const difference = result.rules.reduce((sum, rule) => sum + Number(rule.cost.differenceUsd), 0)
        expect(difference).toBeCloseTo(Number(result.cost.differenceUsd), 6)
        for (const rule of result.rules) {
          expect(rule.routes.reduce((sum, route) => sum + route.requests, 0)).toBe(rule.caught)
        }
      }),
      { numRuns: 200 },
    )
  })
})
