import type { RuleSkipReason } from "@sluice/protocol/routing-rule"
import type { RuleCondition, RuleFacts } from "./hot.ts"
import type { RoutingRule } from "./routing-rule.ts"

const skips: Readonly<Record<RuleSkipReason, string>> = {
  no_credential: "there is no credential for its target",
  translation_unavailable: "its target speaks another protocol than the request",
  model_not_allowed: "the key may not use the model it names",
  not_evaluable: "it could not be followed",
}

/** What became of a rule on a request's way. */
export interface RuleOutcome {
  readonly mismatch: RuleCondition | null
  /** Why it was passed over. */
  readonly skipped: RuleSkipReason | null
  readonly decides: boolean
}

/** A sentence for people: why a rule did or did not decide. */
export function explainMatch(rule: RoutingRule, facts: RuleFacts, outcome: RuleOutcome): string {
  if (!rule.enabled) return "The rule is not enabled."
  if (outcome.mismatch) return explainMismatch(rule, facts, outcome.mismatch)
  if (outcome.skipped) return `Every condition holds, but the rule is skipped: ${skips[outcome.skipped]}.`
  if (outcome.decides) return "Every condition holds; this rule decides."
  return "Every condition holds, but a rule before this one decides."
}

function explainMismatch({ match }: RoutingRule, facts: RuleFacts, condition: RuleCondition): string {
  const said: Readonly<Record<RuleCondition, unknown>> = {
    feature: facts.feature,
    task: facts.task,
    provider: facts.provider,
    model: facts.model,
    environment: facts.environment,
    metadata: facts.metadata,
    prompt_bytes: facts.promptBytes,
    streaming: facts.streaming,
    has_tools: facts.hasTools,
  }
  const asked = JSON.stringify(match[condition])
  const value = said[condition]
  if (value === null) return `${condition} must be ${asked}, and the request says nothing of it.`
  return `${condition} must be ${asked}, and it is ${JSON.stringify(value)}.`
}
