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

/** Where a model's name leads; `provider` is null when nothing says, and `model` is then the name as it was asked for. */
export interface NamedRoute {
  readonly provider: ProviderName | null
  readonly model: string
}

/**
 * Where a gateway would send a request for this name, were there no rule and no header: the order is that of its stage
 * `detect-provider`. A `provider/` before the name counts at once where that provider lists the rest and can be reached, and
 * otherwise only after those who list the whole.
 */
export function routeOfName(knowledge: RoutingKnowledge, name: string): NamedRoute {
  const { catalog, customModels, reachable, isProviderName } = knowledge
  const own = customModels.get(name)
  if (own) return { provider: own.provider, model: name }
  const prefixed = splitPrefix(knowledge, name)
  if (prefixed && customModels.get(prefixed.model)?.provider === prefixed.provider) return prefixed
  const isListed = prefixed !== null && providersOf(catalog, prefixed.model).includes(prefixed.provider)
  if (isListed && reachable.has(prefixed.provider)) return prefixed
  const serving = providersOf(catalog, name).filter(isProviderName)
  const reached = serving.find((provider) => reachable.has(provider))
  if (reached) return { provider: reached, model: name }
  if (isListed) return prefixed
  if (serving[0]) return { provider: serving[0], model: name }
  return prefixed ?? { provider: providerOfName(knowledge, name), model: name }
}

function splitPrefix({ isProviderName }: RoutingKnowledge, name: string) {
  const slash = name.indexOf("/")
  const provider = name.slice(0, Math.max(0, slash))
  return slash < name.length - 1 && isProviderName(provider) ? { provider, model: name.slice(slash + 1) } : null
}
