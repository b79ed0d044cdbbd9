import { isProviderName, type ProviderName, providerNames } from "@sluice/protocol/providers"
import {
  type CatalogIndex,
  familyOf,
  type HotCustomModel,
  nearestModels,
  providersOf,
} from "../../domains/catalog/hot.ts"
import { isModelAllowed } from "../../domains/identity/hot.ts"
import { providers } from "../../providers/registry.ts"
import type { GatewayContext } from "../context.ts"
import { GatewayError } from "../errors.ts"
import type { Exchange } from "../exchange.ts"
import { findCustomModel } from "../find-custom-model.ts"
import type { GatewaySnapshot } from "../snapshot/gateway-snapshot.ts"

interface Detected {
  readonly name: ProviderName
  readonly model: string
  readonly unknown: boolean
}

/**
 * Decides whose model this is: the `X-Sluice-Provider` header, the project's own models, a `provider/` prefix before a name
 * the catalog lists there, the catalog's exact names, any `provider/` prefix, the catalog's families, the protocol's own
 * provider, the project's default, its only credential. Of several who serve a model by that name, the first for which the
 * project has a credential is asked. A model nobody can place is refused: guessing would hand one provider's key to another.
 */
export function detectProvider(exchange: Exchange, context: GatewayContext): void {
  const snapshot = context.snapshot() as GatewaySnapshot
  const requested = requestedModel(exchange)
  refuseUnchecked(exchange, requested)
  if (requested === null) {
    exchange.provider = providers[providerWithoutModel(exchange, snapshot)]
    return
  }
  exchange.modelRequested = requested
  const custom = findCustomModel(exchange, snapshot, requested)
  const detected = custom ? toDetected(custom) : detect(exchange, snapshot, requested)
  if (!detected) throw unknownModel(snapshot.catalog, requested)
  exchange.provider = providers[detected.name]
  exchange.modelActual = detected.model
  exchange.providerUnknown = detected.unknown
  exchange.customModel = custom
  // A key's list has the names that its holder asks for.
  const name = custom?.name ?? detected.model
  if (!isModelAllowed(exchange.key?.models ?? null, name)) {
    throw new GatewayError("model_not_allowed", `this Sluice key may not use the model ${printable(name)}`, {
      param: "model",
    })
  }
  refuseAlternatives(exchange)
  if (exchange.provider.protocol !== exchange.endpoint.protocol) throw untranslatable(exchange)
}

/** Some servers take further models beside `model`, and bill the one that answered: a list of models must hold for those too. */
function refuseAlternatives({ key, facts }: Exchange): void {
  if (!key || key.models === null || !facts?.namesOtherModels) return
  throw new GatewayError(
    "model_not_allowed",
    'this Sluice key is for certain models, and the body names further ones under "models" or "fallbacks"; leave those out',
    { param: "models" },
  )
}

const toDetected = ({ provider, upstreamModel }: HotCustomModel): Detected => ({
  name: provider,
  model: upstreamModel,
  unknown: false,
})

/** Null where the request need not name one and does not. */
function requestedModel(exchange: Exchange): string | null {
  const model = exchange.pathModel ?? exchange.facts?.model?.value ?? exchange.upload?.model ?? null
  if (model === null || model === "") {
    if (exchange.endpoint.passesThrough) return null
    throw new GatewayError("invalid_request", 'the body has no "model"', { param: "model" })
  }
  if (model.length > 256) {
    throw new GatewayError("invalid_request", '"model" is longer than 256 characters', { param: "model" })
  }
  if (exchange.pathModel !== null && !exchange.azure) refuseContradiction(model, exchange.facts?.model?.value ?? null)
  return model
}

/** Gemini's embeddings name their model in the body too, as a resource; another one there would pass unchecked. */
function refuseContradiction(inPath: string, inBody: string | null): void {
  if (inBody === null || inBody === inPath || inBody === `models/${inPath}`) return
  throw new GatewayError(
    "invalid_request",
    `the path names the model ${printable(inPath)} and the body ${printable(inBody.slice(0, 256))}; name one`,
    { param: "model" },
  )
}

/**
 * A key that may use certain models only does not send what cannot be checked, unless it was given the scope for that: a
 * request without a model, or a form, in which the model may come after everything else.
 */
function refuseUnchecked({ key, upload }: Exchange, requested: string | null): void {
  if (!key || key.models === null || (requested !== null && upload === null)) return
  if (key.scopes.includes("passthrough")) return
  throw new GatewayError(
    "scope_missing",
    "this Sluice key is for certain models, and which one this request uses cannot be checked; that needs the scope passthrough",
  )
}

/** Where a request without a model goes: where it says, or where alone it can. */
function providerWithoutModel(exchange: Exchange, snapshot: GatewaySnapshot): ProviderName {
  const named = exchange.head?.provider ?? null
  if (named !== null) {
    if (!isProviderName(named)) throw invalidProvider(named)
    return named
  }
  if (exchange.azure) return "azure"
  const only = snapshot.onlyCredential(exchange.project?.id ?? "", isOpenaiCompatible)
  if (only) return only.provider
  throw new GatewayError(
    "provider_required",
    "this request names no model, so nothing says whose it is; name the provider with the header X-Sluice-Provider" +
      (exchange.upload ? ', or put the field "model" before the first file' : ""),
    { param: "x-sluice-provider" },
  )
}

const isOpenaiCompatible = (provider: ProviderName): boolean => providers[provider].protocol === "openai"

function detect(exchange: Exchange, snapshot: GatewaySnapshot, requested: string): Detected | null {
  const { catalog } = snapshot
  const named = exchange.head?.provider ?? null
  if (named !== null) {
    if (!isProviderName(named)) throw invalidProvider(named)
    return { name: named, model: requested, unknown: !isListed(catalog, named, requested) }
  }
  if (exchange.azure) return { name: "azure", model: requested, unknown: true }
  const prefixed = splitPrefix(requested)
  const listed = detectListed(exchange, snapshot, requested, prefixed)
  if (listed) return listed
  if (prefixed) return { ...prefixed, unknown: true }
  const family = familyOf(catalog, requested)
  if (family !== null && isProviderName(family)) return { name: family, model: requested, unknown: true }
  const fallback = fallbackProvider(exchange, snapshot)
  return fallback && { name: fallback, model: requested, unknown: true }
}

/** One who serves the model by a name the catalog knows; null when it lists none. */
function detectListed(
  exchange: Exchange,
  snapshot: GatewaySnapshot,
  requested: string,
  prefixed: Prefixed | null,
): Detected | null {
  const own = prefixed && isListed(snapshot.catalog, prefixed.name, prefixed.model) ? prefixed : null
  if (own && isUsable(exchange, snapshot, own.name)) return { ...own, unknown: false }
  const others = providersOf(snapshot.catalog, requested)
  for (const name of others) {
    if (isProviderName(name) && isUsable(exchange, snapshot, name)) return { name, model: requested, unknown: false }
  }
  if (own) return { ...own, unknown: false }
  const [first] = others
  return first !== undefined && isProviderName(first) ? { name: first, model: requested, unknown: false } : null
}

const isListed = (catalog: CatalogIndex, provider: string, model: string): boolean =>
  providersOf(catalog, model).includes(provider)

/** Whether the project has a credential for it and it speaks the client's protocol. */
const isUsable = (exchange: Exchange, snapshot: GatewaySnapshot, name: ProviderName): boolean =>
  providers[name].protocol === exchange.endpoint.protocol && snapshot.hasCredential(exchange.project?.id ?? "", name)

interface Prefixed {
  readonly name: ProviderName
  readonly model: string
}

/** `groq/llama-3.3-70b` names its provider; a slash in a catalog name (`openai/gpt-oss-120b` at Groq) does not. */
function splitPrefix(model: string): Prefixed | null {
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
