import { chatCompletions } from "./endpoints/chat-completions.ts"
import { completions } from "./endpoints/completions.ts"
import { embeddings } from "./endpoints/embeddings.ts"
import type { Endpoint } from "./endpoints/endpoint.ts"
import { geminiMethods } from "./endpoints/gemini.ts"
import { countMessageTokens, messages } from "./endpoints/messages.ts"
import { findPassthrough, passthroughEndpoints } from "./endpoints/passthrough.ts"
import { responses } from "./endpoints/responses.ts"

/** A path that leads to a provider. */
export interface CallRoute {
  readonly kind: "call"
  readonly endpoint: Endpoint
  /** The model that the path names: Gemini's, or Azure's deployment. */
  readonly model: string | null
  /** What stands after the version, or after Azure's own beginning: `/chat/completions`. */
  readonly tail: string
  /** Whether the path is one of Azure OpenAI's. */
  readonly azure: boolean
}

/** What a path leads to. */
export type Route =
  | CallRoute
  /** A catalog listing, or one entry of it. */
  | { readonly kind: "models"; readonly dialect: "v1" | "gemini"; readonly model: string | null }
  | { readonly kind: "health" | "ready" | "home" }
  | { readonly kind: "unknown" }

const call = (endpoint: Endpoint, tail: string, more: Partial<CallRoute> = {}): CallRoute => ({
  kind: "call",
  endpoint,
  tail,
  model: null,
  azure: false,
  ...more,
})

const tailOf = (endpoint: Endpoint): string => endpoint.route.slice("/v1".length)

/** OpenAI's calls to models, by what stands after the version. */
const openaiCalls: ReadonlyMap<string, Endpoint> = new Map(
  [chatCompletions, responses, embeddings, completions].map((endpoint) => [tailOf(endpoint), endpoint]),
)

const listModels: Route = { kind: "models", dialect: "v1", model: null }

const exact: ReadonlyMap<string, Route> = new Map<string, Route>([
  ...[...openaiCalls.values(), messages, countMessageTokens].map(
    (endpoint) => [endpoint.route, call(endpoint, tailOf(endpoint))] as const,
  ),
  ["/", { kind: "home" }],
  ["/healthz", { kind: "health" }],
  ["/readyz", { kind: "ready" }],
  ["/v1/models", listModels],
  ["/v1beta/models", { kind: "models", dialect: "gemini", model: null }],
])

const unknown: Route = { kind: "unknown" }
const geminiPrefix = "/v1beta/models/"
const modelPrefix = "/v1/models/"
const azurePrefix = "/openai/"
const deployment = /^\/deployments\/([^/]+)(\/.+)$/

/** The methods a route answers to, for the `Allow` header. */
export function methodsOf(route: Route): string {
  return route.kind === "call" ? route.endpoint.methods.join(", ") : "GET, HEAD"
}

/** Whether a route answers to a method. */
export function answersTo(route: CallRoute, method: string | undefined): boolean {
  return (route.endpoint.methods as readonly (string | undefined)[]).includes(method)
}

/** Finds a route by its path, without the query. Never throws: a path that cannot be decoded leads nowhere. */
export function findRoute(path: string): Route {
  const known = exact.get(path)
  if (known) return known
  if (path.startsWith(geminiPrefix)) return findGeminiRoute(path.slice(geminiPrefix.length))
  if (path.startsWith(modelPrefix)) {
    // Gemini's clients for its stable version say /v1 where others say /v1beta.
    const gemini = findGeminiRoute(path.slice(modelPrefix.length))
    if (gemini.kind === "call") return gemini
    const model = decode(path.slice(modelPrefix.length))
    return model ? { kind: "models", dialect: "v1", model } : unknown
  }
  if (path.startsWith(azurePrefix)) return findAzureRoute(path.slice(azurePrefix.length - 1))
  if (!path.startsWith("/v1/")) return unknown
  const tail = path.slice("/v1".length)
  const passthrough = findPassthrough(tail)
  return passthrough ? call(passthrough, tail) : unknown
}

/** Azure's paths, as its own clients write them: below a deployment, below its newer `/v1`, or below nothing. */
function findAzureRoute(below: string): Route {
  const deployed = deployment.exec(below)
  const model = deployed ? decode(deployed[1] ?? "") : null
  if (deployed && (model === null || model.includes("/"))) return unknown
  const tail = deployed ? (deployed[2] as string) : below.startsWith("/v1/") ? below.slice("/v1".length) : below
  if (tail === "/models" && !deployed) return listModels
  const endpoint = openaiCalls.get(tail) ?? findPassthrough(tail)
  return endpoint ? call(endpoint, tail, { azure: true, model }) : unknown
}

function findGeminiRoute(rest: string): Route {
  const colon = rest.lastIndexOf(":")
  const model = decode(colon < 0 ? rest : rest.slice(0, colon))
  if (!model) return unknown
  if (colon < 0) return { kind: "models", dialect: "gemini", model }
  const endpoint = geminiMethods.get(rest.slice(colon + 1))
  return endpoint ? call(endpoint, `/models/${rest}`, { model }) : unknown
}

/** A raw `#` ends the path for some servers, so what they would read is not what is checked here. */
function decode(text: string): string | null {
  if (text.includes("#")) return null
  try {
    const decoded = decodeURIComponent(text)
    return decoded.length > 0 && decoded.length <= 256 && !isClimbing(decoded) ? decoded : null
  } catch {
    return null
  }
}

/** Whether a name would lead elsewhere when a server resolves it as a path: the provider's other routes are not ours to call. */
function isClimbing(name: string): boolean {
  return name.includes("\\") || name.split("/").some((segment) => segment === "" || segment === "." || segment === "..")
}

const described = (endpoint: Endpoint): string => `${endpoint.methods.join("|")} ${endpoint.route}`

/** Every route, as the 404 names them. */
export const documentedRoutes: readonly string[] = [
  ...[...openaiCalls.values(), messages, countMessageTokens].map(described),
  ...passthroughEndpoints.map(described),
  ...[...geminiMethods.values()].map(described),
  "POST /openai/deployments/{deployment}/…",
  "POST /openai/v1/…",
  "GET /v1/models",
  "GET /v1/models/{model}",
  "GET /v1beta/models",
]

/** The protocol whose error shape an unmatched path most likely expects. */
export function protocolOfPath(path: string): "openai" | "anthropic" | "gemini" {
  if (path.startsWith("/v1beta")) return "gemini"
  return path.startsWith("/v1/messages") ? "anthropic" : "openai"
}
