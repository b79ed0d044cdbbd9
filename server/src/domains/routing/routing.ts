import type {
  CreateRoutingRule,
  EvaluateRoutingRules,
  ReplayRoutingRules,
  RuleWarning,
  UpdateRoutingRule,
} from "@sluice/protocol/api/routing-rules"
import { maxRules } from "@sluice/protocol/routing-rule"
import { notFound } from "../../platform/errors.ts"
import type { PricedExchange, ReckonedCost } from "../catalog/index.ts"
import { type Actor, type ListPage, toListPage } from "../identity/index.ts"
import { type Evaluation, evaluateRequest } from "./evaluate-request.ts"
import {
  changeRule,
  createRule,
  deleteRule,
  type ExpectedRule,
  type ManageRulesDeps,
  placeOf,
  reorderRules,
} from "./manage-rules.ts"
import type { RecordedRequest } from "./recorded-request.ts"
import { type Replay, replayRequests } from "./replay-requests.ts"
import type { Know } from "./routing-knowledge.ts"
import type { RoutingRule } from "./routing-rule.ts"
import type { RulePlace, RulePosition } from "./routing-rule-store.ts"
import { warningsOf } from "./rule-warnings.ts"

/** What the domain takes to work. */
export interface RoutingDeps extends ManageRulesDeps {
  readonly know: Know
  /** From 0 up to 1. */
  readonly random: () => number
  readonly reckon: (exchange: PricedExchange) => ReckonedCost
  /** A project's newest recorded requests, newest first; reads no more than `limit`. */
  recentRequests(place: RulePlace, limit: number): Promise<readonly RecordedRequest[]>
}

/** A rule with what will keep it from doing what it says. */
export interface JudgedRule {
  readonly rule: RoutingRule
  readonly warnings: readonly RuleWarning[]
}

/** The domain's verbs with what they use filled in. */
export type Routing = ReturnType<typeof createRouting>

/** Puts the domain together. */
export function createRouting(deps: RoutingDeps) {
  const judge = async (actor: Actor, rules: readonly RoutingRule[]): Promise<JudgedRule[]> => {
    const knowledge = await deps.know(placeOf(actor))
    return rules.map((rule) => ({ rule, warnings: warningsOf(rule, knowledge) }))
  }
  const judgeOne = async (actor: Actor, rule: RoutingRule): Promise<JudgedRule> =>
    (await judge(actor, [rule]))[0] as JudgedRule
  const allRules = (actor: Actor) => deps.store.list(placeOf(actor), { limit: maxRules, after: null })
  return {
    /** The project's rules in the order in which they are tried. */
    async listRules(
      actor: Actor,
      page: { readonly limit: number; readonly after: RulePosition | null },
    ): Promise<ListPage<JudgedRule>> {
      const rows = await deps.store.list(placeOf(actor), { limit: page.limit + 1, after: page.after })
      const { items, hasMore } = toListPage(rows, page.limit)
      return { items: await judge(actor, items), hasMore }
    },
    /** One rule. Throws `not_found`. */
    async findRule(actor: Actor, id: string): Promise<JudgedRule> {
      const rule = await deps.store.find({ ...placeOf(actor), id })
      if (!rule) throw notFound("routing rule")
      return judgeOne(actor, rule)
    },
    createRule: async (actor: Actor, wanted: CreateRoutingRule) =>
      judgeOne(actor, await createRule(deps, actor, wanted)),
    changeRule: async (actor: Actor, expected: ExpectedRule, wanted: UpdateRoutingRule) =>
      judgeOne(actor, await changeRule(deps, actor, expected, wanted)),
    deleteRule: (actor: Actor, expected: ExpectedRule) => deleteRule(deps, actor, expected),
    reorderRules: async (actor: Actor, ids: readonly string[]) => judge(actor, await reorderRules(deps, actor, ids)),
    /** What the rules would do with a described request. */
    async evaluateRequest(actor: Actor, described: EvaluateRoutingRules): Promise<Evaluation> {
      const knowledge = await deps.know(placeOf(actor))
      return evaluateRequest(await allRules(actor), described, { knowledge, random: deps.random })
    },
    /** What the rules would do with the project's newest recorded requests. */
    async replayRequests(actor: Actor, { limit, include_disabled }: ReplayRoutingRules): Promise<Replay> {
      const rules = (await allRules(actor)).filter((rule) => rule.enabled || include_disabled)
      const requests = await deps.recentRequests(placeOf(actor), limit)
      const knowledge = await deps.know(placeOf(actor))
      const { organizationId } = placeOf(actor)
      return replayRequests(requests, rules, { knowledge, organizationId, reckon: deps.reckon })
    },
  }
}
