import type { ProviderName } from "@sluice/protocol/providers"
import type { RuleSkipReason } from "@sluice/protocol/routing-rule"
import type { PricedExchange, ReckonedCost } from "../catalog/index.ts"
import { toRuleEntity } from "./build-snapshot.ts"
import { DescribedRequest } from "./described-request.ts"
import { compileRule, decideRoute, type HotRule, mismatchOf, type SkippedRule } from "./hot.ts"
import { type RecordedRequest, type RoutePlace, wentAs } from "./recorded-request.ts"
import { type CostDifference, CostSum } from "./replay-cost.ts"
import { type RoutingKnowledge, routeOfName } from "./routing-knowledge.ts"
import type { RoutingRule } from "./routing-rule.ts"

/** What one rule would do. */
export interface RuleReplay {
  readonly ruleId: string
  readonly caught: number
  readonly caughtWhenRecorded: number
  readonly skipped: readonly { readonly reason: RuleSkipReason; readonly requests: number }[]
  readonly undecided: number
  readonly routes: readonly { readonly from: RoutePlace; readonly to: RoutePlace; readonly requests: number }[]
  readonly cost: CostDifference
}

/** A request that a rule would catch, or had to pass over. */
export interface ReplayedRequest {
  readonly id: string
  readonly startedAt: Date
  readonly ruleId: string | null
  readonly from: RoutePlace
  readonly to: RoutePlace
  readonly skipped: readonly SkippedRule[]
}

/** What the rules would do with recorded requests. */
export interface Replay {
  readonly requests: number
  readonly notRoutable: number
  readonly from: Date | null
  readonly to: Date | null
  readonly routed: number
  readonly routedWhenRecorded: number
  readonly cost: CostDifference
  readonly rules: readonly RuleReplay[]
  readonly sample: readonly ReplayedRequest[]
}

/** What a replay takes. */
export interface ReplayDeps {
  readonly knowledge: RoutingKnowledge
  readonly organizationId: string
  readonly reckon: (exchange: PricedExchange) => ReckonedCost
}

/** Requests shown one by one. */
const sampleSize = 50

/** Ways shown for each rule. */
const shownRoutes = 20

/**
 * Takes recorded requests through rules as they are now: the decisions are the gateway's own. A split that would have left it to
 * chance draws by the request's id, so that a replay repeated says the same. A request that a rule sent elsewhere when it was
 * made starts from where its model's name leads.
 * @param requests newest first
 * @param rules the rules to try, in order; all are taken as enabled
 */
export function replayRequests(
  requests: readonly RecordedRequest[],
  rules: readonly RoutingRule[],
  deps: ReplayDeps,
): Replay {
  const tallies = rules.map((rule) => new RuleTally(rule, deps))
  const hot = tallies.map((tally) => tally.hot)
  const total = new CostSum(deps)
  const sample: ReplayedRequest[] = []
  let routed = 0
  let notRoutable = 0
  for (const request of requests) {
    const subject = toSubject(request, deps.knowledge)
    if (!subject) {
      notRoutable += 1
      continue
    }
    const decision = decideRoute(hot, subject, () => 0)
    for (const tally of tallies) tally.note(request, subject, decision)
    const from = { provider: subject.provider ?? "", model: subject.model ?? "" }
    const to = { provider: decision.provider ?? "", model: decision.model ?? "" }
    const cost = total.add(request, from, to)
    if (decision.rule) {
      routed += 1
      tallies.find((tally) => tally.hot === decision.rule)?.catch(from, to, cost)
    }
    const shown = sample.length < sampleSize && (decision.rule !== null || decision.skipped.length > 0)
    if (shown) {
      const ruleId = decision.rule?.id ?? null
      sample.push({ id: request.id, startedAt: request.startedAt, ruleId, from, to, skipped: decision.skipped })
    }
  }
  return {
    requests: requests.length,
    notRoutable,
    from: requests.at(-1)?.startedAt ?? null,
    to: requests[0]?.startedAt ?? null,
    routed,
    routedWhenRecorded: requests.filter((request) => request.ruleId !== null).length,
    cost: total.difference(),
    rules: tallies.map((tally) => tally.result()),
    sample,
  }
}

/** A recorded request on its way through the rules; null when it never got as far as they do. */
function toSubject(request: RecordedRequest, knowledge: RoutingKnowledge): DescribedRequest | null {
  const place = placeOf(request, knowledge)
  if (!place) return null
  const caller = request.credentialSource === "caller" ? request.provider : null
  return new DescribedRequest(
    {
      ...request,
      ...place,
      stickyKey: request.sessionId ?? request.userId ?? request.id,
      callerProvider: caller !== null && knowledge.isProviderName(caller) ? caller : null,
    },
    knowledge,
  )
}

/** Where the request would have gone without any rule. */
function placeOf(
  request: RecordedRequest,
  knowledge: RoutingKnowledge,
): { readonly provider: ProviderName; readonly model: string } | null {
  const { provider, modelRequested, ruleId } = request
  const model = wentAs(request, knowledge)
  if (provider === null || model === null || !knowledge.isProviderName(provider)) return null
  if (ruleId === null || modelRequested === null) return { provider, model }
  const asked = routeOfName(knowledge, modelRequested)
  // Rules never cross protocols, so a name that leads across one leads astray.
  const known = asked.provider !== null && knowledge.protocolOf(asked.provider) === knowledge.protocolOf(provider)
  return known ? { provider: asked.provider, model: asked.model } : { provider, model: modelRequested }
}

type Decision = ReturnType<typeof decideRoute>

/** What one rule did so far. */
class RuleTally {
  readonly hot: HotRule
  readonly #cost: CostSum
  readonly #skipped = new Map<RuleSkipReason, number>()
  readonly #routes = new Map<string, { readonly from: RoutePlace; readonly to: RoutePlace; requests: number }>()
  #caught = 0
  #caughtWhenRecorded = 0
  #undecided = 0

  constructor(rule: RoutingRule, deps: ReplayDeps) {
    this.hot = compileRule(toRuleEntity(rule))
    this.#cost = new CostSum(deps)
  }

  note(request: RecordedRequest, subject: DescribedRequest, decision: Decision): void {
    if (request.ruleId === this.hot.id) this.#caughtWhenRecorded += 1
    if (request.hasTools === null && mismatchOf(this.hot, subject) === "has_tools") this.#undecided += 1
    const skipped = decision.skipped.find((one) => one.rule === this.hot)
    if (skipped) this.#skipped.set(skipped.reason, (this.#skipped.get(skipped.reason) ?? 0) + 1)
  }

  catch(from: RoutePlace, to: RoutePlace, cost: Parameters<CostSum["addKnown"]>[0]): void {
    this.#caught += 1
    this.#cost.addKnown(cost)
    const key = JSON.stringify([from, to])
    const route = this.#routes.get(key) ?? { from, to, requests: 0 }
    route.requests += 1
    this.#routes.set(key, route)
  }

  result(): RuleReplay {
    return {
      ruleId: this.hot.id,
      caught: this.#caught,
      caughtWhenRecorded: this.#caughtWhenRecorded,
      skipped: [...this.#skipped].map(([reason, requests]) => ({ reason, requests })),
      undecided: this.#undecided,
      routes: [...this.#routes.values()].sort((a, b) => b.requests - a.requests).slice(0, shownRoutes),
      cost: this.#cost.difference(),
    }
  }
}
