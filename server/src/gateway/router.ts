import { chatCompletions } from "./endpoints/chat-completions.ts"
import { embeddings } from "./endpoints/embeddings.ts"
import type { Endpoint } from "./endpoints/endpoint.ts"
import { geminiMethods } from "./endpoints/gemini.ts"
import { countMessageTokens, messages } from "./endpoints/messages.ts"
import { responses } from "./endpoints/responses.ts"

/** What a path leads to. */
export type Route =
  | { readonly kind: "call"; readonly endpoint: Endpoint; readonly model: string | null }
  /** A catalog listing, or one entry of it. */
  | { readonly kind: "models"; readonly dialect: "v1" | "gemini"; readonly model: string | null }
  | { readonly kind: "health" | "ready" | "home" }
  | { readonly kind: "unknown" }

const posts: ReadonlyMap<string, Route> = new Map(
  [chatCompletions, responses, embeddings, messages, countMessageTokens].map((endpoint) => [
    endpoint.route,
    { kind: "call", endpoint, model: null } as const,
  ]),
)

const gets: ReadonlyMap<string, Route> = new Map<string, Route>([
  ["/", { kind: "home" }],
  ["/healthz", { kind: "health" }],
  ["/readyz", { kind: "ready" }],
  ["/v1/models", { kind: "models", dialect: "v1", model: null }],
  ["/v1beta/models", { kind: "models", dialect: "gemini", model: null }],
])

const unknown: Route = { kind: "unknown" }
const geminiPrefix = "/v1beta/models/"
const modelPrefix = "/v1/models/"

/** The methods a route answers to, for the `Allow` header. */
export function methodOf(route: Route): "POST" | "GET, HEAD" {
  return route.kind === "call" ? "POST" : "GET, HEAD"
}

/** Finds a route by its path, without the query. Never throws: a path that cannot be decoded leads nowhere. */
export function findRoute(path: string): Route {
  const exact = posts.get(path) ?? gets.get(path)
  if (exact) return exact
  if (path.startsWith(geminiPrefix)) return findGeminiRoute(path.slice(geminiPrefix.length))
  if (path.startsWith(modelPrefix)) {
    // Gemini's clients for its stable version say /v1 where others say /v1beta.
    const call = findGeminiRoute(path.slice(modelPrefix.length))
    if (call.kind === "call") return call
    const model = decode(path.slice(modelPrefix.length))
    return model ? { kind: "models", dialect: "v1", model } : unknown
  }
  return unknown
}

function findGeminiRoute(rest: string): Route {
  const colon = rest.lastIndexOf(":")
  const model = decode(colon < 0 ? rest : rest.slice(0, colon))
  if (!model) return unknown
  if (colon < 0) return { kind: "models", dialect: "gemini", model }
  const endpoint = geminiMethods.get(rest.slice(colon + 1))
  return endpoint ? { kind: "call", endpoint, model } : unknown
}

function decode(text: string): string | null {
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

/** Every route, as the 404 names them. */
export const documentedRoutes: readonly string[] = [
  ...[...posts.keys()].map((path) => `POST ${path}`),
  ...[...geminiMethods.values()].map((endpoint) => `POST ${endpoint.route}`),
  "GET /v1/models",
  "GET /v1/models/{model}",
  "GET /v1beta/models",
]

/** The protocol whose error shape an unmatched path most likely expects. */
export function protocolOfPath(path: string): "openai" | "anthropic" | "gemini" {
  if (path.startsWith("/v1beta")) return "gemini"
  return path.startsWith("/v1/messages") ? "anthropic" : "openai"
}
