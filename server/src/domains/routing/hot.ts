import { isProviderName, type ProviderName } from "@sluice/protocol/providers"
import { type CatalogIndex, providersOf } from "../catalog/hot.ts"
import type { RuleSubject } from "./hot-decision.ts"

/** What routing tells the gateway: rules as they are looked up, and the one decision about where a request goes. */
export { chooseTarget, decideRoute, type RoutingDecision, type RuleSubject, type SkippedRule } from "./hot-decision.ts"
export { compileGlob, type TextMatcher } from "./hot-glob.ts"
export {
  compareRules,
  compileRule,
  type HotRule,
  type HotTarget,
  mismatchOf,
  type RuleCondition,
  type RuleFacts,
} from "./hot-rule.ts"
export { RuleTable } from "./hot-rule-table.ts"

/** Providers where a model's name is the customer's own, so that a name says nothing about who else may serve it. */
const namedByCustomers: ReadonlySet<string> = new Set(["custom", "azure"])

/**
 * The provider of a model that a rule names alone: the one the request goes to anyway where that serves it, else the first of
 * those who serve it by that name that the request may go to, else the first; for names the catalog does not list, nothing
 * changes.
 */
export function providerOfTarget(
  catalog: CatalogIndex,
  subject: Pick<RuleSubject, "provider" | "refusal">,
  model: string,
): ProviderName | null {
  const current = subject.provider
  const serving = providersOf(catalog, model)
  if (current !== null && (namedByCustomers.has(current) || serving.includes(current))) return current
  let first: ProviderName | null = null
  for (const name of serving) {
    if (!isProviderName(name)) continue
    if (subject.refusal(name, model) === null) return name
    first ??= name
  }
  return first ?? current
}
