import { type ProviderName, providerNames } from "@sluice/protocol/providers"
import { type CatalogIndex, detectProvider as detectInCatalog, nearestModels } from "../../domains/catalog/hot.ts"
import { isModelAllowed } from "../../domains/identity/hot.ts"
import { providers } from "../../providers/registry.ts"
import type { GatewayContext } from "../context.ts"
import { GatewayError } from "../errors.ts"
import type { Exchange } from "../exchange.ts"
import type { GatewaySnapshot } from "../snapshot/gateway-snapshot.ts"

interface Detected {
  readonly name: ProviderName
  readonly model: string
  readonly unknown: boolean
}

const isProviderName = (name: string): name is ProviderName => (providerNames as readonly string[]).includes(name)

/**
 * Decides whose model this is: the `X-Sluice-Provider` header, a `provider/` prefix, the catalog's exact names, its
 * patterns, the protocol's own provider, the project's default, its only credential. A model nobody can place is refused:
 * guessing would hand one provider's key to another.
 */
export function detectProvider(exchange: Exchange, context: GatewayContext): void {
  const snapshot = context.snapshot() as GatewaySnapshot
  const requested = requestedModel(exchange)
  exchange.modelRequested = requested
  const detected = detect(exchange, snapshot, requested)
  if (!detected) throw unknownModel(snapshot.catalog, requested)
  exchange.provider = providers[detected.name]
  exchange.modelActual = detected.model
  exchange.providerUnknown = detected.unknown
  const allowed = exchange.key?.models ?? null
  if (!isModelAllowed(allowed, detected.model)) {
    throw new GatewayError("model_not_allowed", `this Sluice key may not use the model ${printable(detected.model)}`, {
      param: "model",
    })
  }
  if (exchange.provider.protocol !== exchange.endpoint.protocol) throw untranslatable(exchange)
}

function requestedModel(exchange: Exchange): string {
  const model = exchange.endpoint.modelIn === "path" ? exchange.pathModel : (exchange.facts?.model?.value ?? null)
  if (model === null || model === "") {
    throw new GatewayError("invalid_request", 'the body has no "model"', { param: "model" })
  }
  if (model.length > 256) {
    throw new GatewayError("invalid_request", '"model" is longer than 256 characters', { param: "model" })
  }
  return model
}

function detect(exchange: Exchange, snapshot: GatewaySnapshot, requested: string): Detected | null {
  const named = exchange.head?.provider ?? null
  if (named !== null) {
    if (!isProviderName(named)) throw invalidProvider(named)
    const known = detectInCatalog(snapshot.catalog, requested)
    return { name: named, model: requested, unknown: known?.provider !== named }
  }
  const exact = detectInCatalog(snapshot.catalog, requested)
  if (!exact || exact.unknown) {
    const prefixed = splitPrefix(requested)
    if (prefixed) {
      const known = detectInCatalog(snapshot.catalog, prefixed.model)
      return { ...prefixed, unknown: known?.provider !== prefixed.name || known.unknown }
    }
  }
  if (exact && isProviderName(exact.provider)) {
    return { name: exact.provider, model: requested, unknown: exact.unknown }
  }
  const fallback = fallbackProvider(exchange, snapshot)
  return fallback && { name: fallback, model: requested, unknown: true }
}

/** `groq/llama-3.3-70b` names its provider; a slash in a catalog name (`openai/gpt-oss-120b` at Groq) does not. */
function splitPrefix(model: string): { readonly name: ProviderName; readonly model: string } | null {
  const slash = model.indexOf("/")
  if (slash <= 0 || slash === model.length - 1) return null
  const name = model.slice(0, slash)
  return isProviderName(name) ? { name, model: model.slice(slash + 1) } : null
}

function fallbackProvider(exchange: Exchange, snapshot: GatewaySnapshot): ProviderName | null {
  if (exchange.endpoint.protocol === "anthropic") return "anthropic"
  if (exchange.endpoint.protocol === "gemini") return "gemini"
  const project = exchange.project
  if (!project) return null
  return project.defaultProvider ?? snapshot.onlyProvider(project.id)
}

const printable = (text: string): string => JSON.stringify(text)

function invalidProvider(named: string): GatewayError {
  return new GatewayError(
    "invalid_provider",
    `X-Sluice-Provider names ${printable(named)}, which is none of ${providerNames.join(", ")}`,
    { param: "x-sluice-provider" },
  )
}

function unknownModel(catalog: CatalogIndex, model: string): GatewayError {
  const near = nearestModels(catalog, model, 3)
  const hint = near.length > 0 ? ` Nearest known: ${near.join(", ")}.` : ""
  return new GatewayError(
    "unknown_model",
    `nothing says which provider serves ${printable(model)}.${hint} ` +
      `Name it with the header X-Sluice-Provider or as a prefix, e.g. "openai/${model.slice(0, 64)}".`,
    { param: "model" },
  )
}

function untranslatable(exchange: Exchange): GatewayError {
  const provider = exchange.provider
  return new GatewayError(
    "translation_unavailable",
    `${provider?.title} speaks the ${provider?.protocol} protocol and ${exchange.endpoint.route} the ` +
      `${exchange.endpoint.protocol} one; call ${printable(exchange.modelActual ?? "")} through a route of its own protocol`,
    { param: "model" },
  )
}
