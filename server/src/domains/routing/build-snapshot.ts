import type { RuleEntity } from "@sluice/protocol/snapshot"
import { type RoutingRule, targetsOf } from "./routing-rule.ts"

/** What gateways are told of a rule; of one that is not enabled, nothing. */
export function buildRuleEntities(rules: readonly RoutingRule[]): RuleEntity[] {
  return rules.filter((rule) => rule.enabled).map(toRuleEntity)
}

/** A rule as a gateway gets it, whether it is enabled or not. */
export const toRuleEntity = (rule: RoutingRule): RuleEntity => ({
  kind: "rule",
  id: rule.id,
  organization_id: rule.organizationId,
  project_id: rule.projectId,
  priority: rule.priority,
  match: rule.match,
  targets: [...targetsOf(rule.action)],
})
