import type { EvaluateRoutingRules } from "@sluice/protocol/api/routing-rules"
import type { ProviderName } from "@sluice/protocol/providers"
import { toRuleEntity } from "./build-snapshot.ts"
import { DescribedRequest } from "./described-request.ts"
import { explainMatch } from "./explain-match.ts"
import { compileRule, decideRoute, mismatchOf, type SkippedRule } from "./hot.ts"
import { type RoutingKnowledge, routeOfName } from "./routing-knowledge.ts"
import type { RoutingRule } from "./routing-rule.ts"

/** The decision about a described request, with a sentence about each rule. */
export interface Evaluation {
  readonly rule: { readonly id: string } | null
  readonly provider: ProviderName | null
  readonly model: string | null
  readonly skipped: readonly SkippedRule[]
  readonly considered: readonly { readonly ruleId: string; readonly matched: boolean; readonly reason: string }[]
}

/**
 * Decides about a request that was only described, as a gateway would that was sent it.
 * @param rules the project's rules in order, those that are not enabled among them
 */
export function evaluateRequest(
  rules: readonly RoutingRule[],
  described: EvaluateRoutingRules,
  { knowledge, random }: { readonly knowledge: RoutingKnowledge; readonly random: () => number },
): Evaluation {
  const subject = new DescribedRequest(toDescription(described, knowledge), knowledge)
  const compiled = rules.map((rule) => ({ rule, hot: compileRule(toRuleEntity(rule)) }))
  const enabled = compiled.filter(({ rule }) => rule.enabled).map(({ hot }) => hot)
  const decision = decideRoute(enabled, subject, random)
  const considered = compiled.map(({ rule, hot }) => {
    const mismatch = mismatchOf(hot, subject)
    const skipped = decision.skipped.find((one) => one.rule === hot)?.reason ?? null
    const reason = explainMatch(rule, subject, { mismatch, skipped, decides: decision.rule === hot })
    return { ruleId: rule.id, matched: rule.enabled && mismatch === null, reason }
  })
  return { ...decision, considered }
}

function toDescription(described: EvaluateRoutingRules, knowledge: RoutingKnowledge) {
  const { provider, model } = placeOf(described, knowledge)
  return {
    feature: described.feature ?? null,
    task: described.task ?? null,
    provider,
    model,
    environment: described.environment ?? null,
    metadata: described.metadata ?? null,
    promptBytes: described.prompt_bytes ?? null,
    streaming: described.streaming,
    hasTools: described.has_tools,
    stickyKey: described.session ?? described.user ?? null,
    callerProvider: null,
  }
}

/** Without a provider, the one that the model's name leads to; a `provider/` prefix before the name says it too. */
function placeOf(described: EvaluateRoutingRules, knowledge: RoutingKnowledge) {
  const model = described.model ?? null
  if (described.provider || model === null) return { provider: described.provider ?? null, model }
  return routeOfName(knowledge, model)
}
