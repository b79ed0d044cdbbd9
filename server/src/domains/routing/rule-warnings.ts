import type { RuleWarning } from "@sluice/protocol/api/routing-rules"
import type { ProviderName } from "@sluice/protocol/providers"
import { compileGlob } from "./hot.ts"
import { providerOfName, type RoutingKnowledge } from "./routing-knowledge.ts"
import { type RoutingRule, targetsOf } from "./routing-rule.ts"

/**
 * What will keep a rule from doing what it says as things are: a target without a credential, or one that speaks another
 * protocol than every request the rule can match. What some requests meet and others do not is no warning.
 */
export function warningsOf(rule: Pick<RoutingRule, "match" | "action">, knowledge: RoutingKnowledge): RuleWarning[] {
  const warnings = new Map<string, RuleWarning>()
  const sources = sourcesOf(rule, knowledge)
  for (const target of targetsOf(rule.action)) {
    const provider = target.provider ?? (target.model ? providerAlone(sources, target.model, knowledge) : null)
    if (!provider) continue
    const own = target.model ? knowledge.customModels.get(target.model) : undefined
    const opens = own?.provider === provider ? own.isReachable : knowledge.reachable.has(provider)
    if (!opens) {
      warnings.set(`credential ${provider}`, {
        code: "no_credential",
        message:
          `The project has no credential for ${provider}. Until it has one, the rule is skipped for every request ` +
          `that does not bring its own key for ${provider}.`,
      })
    }
    const { protocolOf } = knowledge
    if (sources.size > 0 && [...sources].every((source) => protocolOf(source) !== protocolOf(provider))) {
      warnings.set(`protocol ${provider}`, {
        code: "translation_unavailable",
        message:
          `${provider} speaks another protocol than the requests this rule matches (${[...sources].join(", ")}), ` +
          "so that the rule is always skipped for it.",
      })
    }
  }
  return [...warnings.values()]
}

/** The provider of a model without one; null while it depends on the request. */
function providerAlone(
  sources: ReadonlySet<ProviderName>,
  model: string,
  knowledge: RoutingKnowledge,
): ProviderName | null {
  const own = knowledge.customModels.get(model)
  if (own) return own.provider
  const listing = knowledge.catalog.providersOfModel.get(model) ?? []
  if (listing.length === 0) return null
  for (const source of sources) if (listing.includes(source) || ["custom", "azure"].includes(source)) return null
  return sources.size > 0 ? providerOfName(knowledge, model) : null
}

/** Providers the rule's requests can be on their way to; empty: its conditions do not say. */
function sourcesOf({ match }: Pick<RoutingRule, "match">, knowledge: RoutingKnowledge): ReadonlySet<ProviderName> {
  const names = [...knowledge.catalog.modelsByProvider.keys(), ...knowledge.reachable].filter(knowledge.isProviderName)
  if (match.provider) return new Set(names.filter(compileGlob(match.provider)))
  if (!match.model) return new Set()
  if (!match.model.includes("*")) {
    const provider = providerOfName(knowledge, match.model)
    return new Set(provider ? [provider] : [])
  }
  const fits = compileGlob(match.model)
  const found = names.filter((name) => knowledge.catalog.modelsByProvider.get(name)?.some(fits))
  return new Set(found)
}
