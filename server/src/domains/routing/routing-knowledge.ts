import type { Protocol, ProviderName } from "@sluice/protocol/providers"
import { type CatalogIndex, familyOf, providersOf } from "../catalog/hot.ts"
import type { RulePlace } from "./routing-rule-store.ts"

/** A model that the project brought, as far as its ways go. */
export interface KnownCustomModel {
  readonly id: string
  readonly provider: ProviderName
  /** Whether there is something that opens its server's door, or it asks for nothing. */
  readonly isReachable: boolean
}

/** What the cold side knows of a project's ways: what its gateways were told, and nothing else. */
export interface RoutingKnowledge {
  readonly catalog: CatalogIndex
  /** Providers the project has a credential for, its own or an inherited one. */
  readonly reachable: ReadonlySet<ProviderName>
  /** The project's own models by the name that callers ask for. */
  readonly customModels: ReadonlyMap<string, KnownCustomModel>
  protocolOf(provider: ProviderName): Protocol
  isProviderName(name: string): name is ProviderName
}

/** Asks for it. */
export type Know = (place: RulePlace) => Promise<RoutingKnowledge>

/**
 * The provider that a model's name leads to, as far as a name alone can tell: the project's own model's, one who lists it and can be reached, then any
 * who lists it, then the catalog's families, then the project's only provider. Null when nothing says.
 */
export function providerOfName(knowledge: RoutingKnowledge, model: string): ProviderName | null {
  const own = knowledge.customModels.get(model)
  if (own) return own.provider
  const serving = providersOf(knowledge.catalog, model).filter(knowledge.isProviderName)
  const listed = serving.find((name) => knowledge.reachable.has(name)) ?? serving[0]
  if (listed) return listed
  const family = familyOf(knowledge.catalog, model)
  if (family !== null && knowledge.isProviderName(family)) return family
  const [only, ...others] = knowledge.reachable
  return others.length === 0 ? (only ?? null) : null
}
