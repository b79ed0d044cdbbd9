import type { RoutingRuleBody } from "@sluice/protocol/api/routing-rules"
import { describe, expect, it } from "vitest"
import { describeConditions, describeTargets } from "./describe-rule.ts"
import { emptyDraft, emptyTarget, toDraft, toRule, toRuleChange } from "./rule-draft.ts"
import { readRuleSearch } from "./rule-search.ts"

const rule = (part: Pick<RoutingRuleBody, "match" | "action">): RoutingRuleBody => ({
  id: "rul_1",
  name: "a rule",
  priority: 10,
  enabled: true,
  warnings: [],
  version: 1,
  created_at: "",
  updated_at: "",
  ...part,
})

const full = rule({
  match: {
    feature: "check*",
    task: "extraction",
    provider: "openai",
    model: "gpt-4o",
    environment: "production",
    metadata: { tier: "gold", plan: "*" },
    prompt_bytes: { gte: 1000, lte: 20000 },
    streaming: false,
    has_tools: true,
  },
  action: {
    split: [
      { weight: 9, model: "gpt-4o" },
      { weight: 1, provider: "groq", model: "llama" },
    ],
  },
})

describe("a rule as it is typed in", () => {
  it("comes back as it was", () => {
    expect(toRule(toDraft(full))).toEqual({ name: full.name, match: full.match, action: full.action })
    const single = rule({ match: {}, action: { provider: "groq" } })
    expect(toRule(toDraft(single))).toEqual({ name: single.name, match: {}, action: { provider: "groq" } })
  })

  it("leaves conditions alone that nobody touched, which the form could not have shown as they are", () => {
    const odd = rule({ match: { metadata: { "a=b": "c" }, feature: " edge " }, action: { provider: "groq" } })
    const renamed = { ...toDraft(odd), name: "another" }
    expect(toRuleChange(odd, renamed)).toEqual({ name: "another", action: { provider: "groq" } })
    expect(toRuleChange(odd, { ...renamed, feature: "search" }).match).toMatchObject({ feature: "search" })
  })

  it("sends nothing that is not set, and what is wrong as it is", () => {
    expect(toRule({ ...emptyDraft, name: "x", feature: "  " })).toEqual({ name: "x", match: {}, action: {} })
    const wrong = toRule({ ...emptyDraft, minBytes: "many", targets: [{ ...emptyTarget, weight: "" }, emptyTarget] })
    expect(wrong).toMatchObject({ match: { prompt_bytes: { gte: null } }, action: { split: [{ weight: null }, {}] } })
  })
})

describe("a rule in words", () => {
  it("names each condition and each share", () => {
    expect(describeConditions(full).map(({ name, value }) => `${name} ${value}`)).toEqual([
      "feature check*",
      "task extraction",
      "provider openai",
      "model gpt-4o",
      "environment production",
      "metadata tier gold",
      "metadata plan *",
      "prompt 1,000–20,000 bytes",
      "streaming no",
      "tools offered",
    ])
    expect(describeTargets(full)).toEqual([
      { place: 1, target: "gpt-4o", percent: 90 },
      { place: 2, target: "groq · llama", percent: 10 },
    ])
    expect(describeTargets(rule({ match: {}, action: { provider: "groq" } }))[0]?.target).toBe("groq, same model")
  })

  it("is pointed at by the URL only by an id", () => {
    expect(readRuleSearch({ rule: `rul_${"0".repeat(26)}` })).toEqual({ rule: `rul_${"0".repeat(26)}` })
    expect(readRuleSearch({ rule: "<script>", period: "toString" })).toEqual({})
    expect(readRuleSearch({ period: "last_7d" })).toEqual({ period: "last_7d" })
  })
})
