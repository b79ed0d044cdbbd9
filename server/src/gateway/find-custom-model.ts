import type { HotCustomModel } from "../domains/catalog/hot.ts"
import type { Exchange } from "./exchange.ts"
import type { GatewaySnapshot } from "./snapshot/gateway-snapshot.ts"

/**
 * The project's own model that a request asks for: by its name alone, or with its provider before it (`custom/my-model`).
 * A provider that the request names in its header or by its path is believed before any model of that name. Null: it asks for none.
 */
export function findCustomModel(
  exchange: Exchange,
  snapshot: GatewaySnapshot,
  requested: string,
): HotCustomModel | null {
  const own = snapshot.customModels(exchange.project?.id ?? "")
  if (own.size === 0) return null
  const exact = own.get(requested)
  const named = exchange.azure ? "azure" : (exchange.head?.provider ?? null)
  if (named !== null) return exact?.provider === named ? exact : null
  if (exact) return exact
  const slash = requested.indexOf("/")
  const prefixed = slash > 0 ? own.get(requested.slice(slash + 1)) : undefined
  return prefixed?.provider === requested.slice(0, slash) ? prefixed : null
}
