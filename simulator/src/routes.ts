import type { Protocol } from "@sluice/protocol/providers"

/** What a route does. */
export type Operation =
  | "chat"
  | "completions"
  | "responses"
  | "embeddings"
  | "messages"
  | "count-messages"
  | "generate"
  | "stream-generate"
  | "count-contents"
  | "embed-content"
  | "batch-embed-contents"
  | "images"
  | "speech"
  | "transcription"
  | "moderations"
  | "rerank"
  | "files"
  | "batches"
  | "key"
  | "models"
  | "unknown"

/** A request line, understood. */
export interface Route {
  readonly operation: Operation
  /** Whose shapes the answer (or the refusal) has. */
  readonly protocol: Protocol
  /** Under `/openai/v1`, where Groq serves OpenAI's format. */
  readonly groq: boolean
  /** On one of Azure's paths, whose key may stand in `api-key`. */
  readonly azure: boolean
  /** The model in the path, where it stands there: Gemini's, or Azure's deployment. */
  readonly model: string | null
  /** The file or batch in the path, and what is wanted of it. */
  readonly item: { readonly id: string; readonly action: string | null } | null
}

const posts: Readonly<Record<string, readonly [Operation, Protocol]>> = {
  "/chat/completions": ["chat", "openai"],
  "/completions": ["completions", "openai"],
  "/responses": ["responses", "openai"],
  "/embeddings": ["embeddings", "openai"],
  "/images/generations": ["images", "openai"],
  "/images/edits": ["images", "openai"],
  "/images/variations": ["images", "openai"],
  "/audio/speech": ["speech", "openai"],
  "/audio/transcriptions": ["transcription", "openai"],
  "/audio/translations": ["transcription", "openai"],
  "/moderations": ["moderations", "openai"],
  "/rerank": ["rerank", "openai"],
  "/messages": ["messages", "anthropic"],
  "/messages/count_tokens": ["count-messages", "anthropic"],
}

const geminiMethods: Readonly<Record<string, Operation>> = {
  generateContent: "generate",
  streamGenerateContent: "stream-generate",
  countTokens: "count-contents",
  embedContent: "embed-content",
  batchEmbedContents: "batch-embed-contents",
}

/** What of a request's headers decides about its route. */
export interface RouteHeaders {
  /** It carries `anthropic-version`. */
  readonly anthropic: boolean
  /** It carries `api-key`, which tells Azure's `/openai/v1` from Groq's. */
  readonly apiKey: boolean
}

/** Finds the route of a path without its query. Never fails. */
export function matchRoute(method: string, path: string, headers: RouteHeaders): Route {
  if (path.startsWith("/v1beta/")) return matchGemini(method, path.slice("/v1beta".length))
  const azure = matchAzure(path, headers.apiKey)
  const groq = azure === null && path.startsWith("/openai/v1/")
  const below =
    azure?.below ?? (groq ? path.slice("/openai/v1".length) : path.startsWith("/v1/") ? path.slice("/v1".length) : "")
  const plain = { groq, azure: azure !== null, model: azure?.deployment ?? null, item: null }
  const own: Protocol =
    !groq && azure === null && (headers.anthropic || below.startsWith("/messages")) ? "anthropic" : "openai"
  if (method === "POST" && Object.hasOwn(posts, below)) {
    const [operation, protocol] = posts[below]!
    if (protocol === own || (!groq && azure === null)) return { ...plain, operation, protocol }
  }
  if (method === "GET" && (below === "/models" || below.startsWith("/models/"))) {
    return { ...plain, operation: "models", protocol: own, model: decode(below.slice("/models/".length)) }
  }
  // OpenRouter's way of asking about a key.
  if (method === "GET" && below === "/key") return { ...plain, operation: "key", protocol: "openai" }
  const item = /^\/(files|batches)(?:\/([\w-]+)(?:\/(content|cancel))?)?$/.exec(below)
  if (item !== null) {
    const [, kind, id, action] = item
    const wanted = id === undefined ? null : { id, action: action ?? null }
    return { ...plain, operation: kind as "files" | "batches", protocol: "openai", item: wanted }
  }
  return { ...plain, operation: "unknown", protocol: own }
}

/** Azure's paths: below a deployment, below nothing, and below `/v1` for whoever sends its kind of key. */
function matchAzure(
  path: string,
  apiKey: boolean,
): { readonly below: string; readonly deployment: string | null } | null {
  const deployed = /^\/openai\/deployments\/([^/]+)(\/.+)$/.exec(path)
  if (deployed !== null) return { below: deployed[2]!, deployment: decode(deployed[1]!) }
  if (!path.startsWith("/openai/")) return null
  if (!path.startsWith("/openai/v1/")) return { below: path.slice("/openai".length), deployment: null }
  return apiKey ? { below: path.slice("/openai/v1".length), deployment: null } : null
}

function matchGemini(method: string, below: string): Route {
  const route = { protocol: "gemini", groq: false, azure: false, item: null } as const
  const match = /^\/models(?:\/([^:]+))?(?::([A-Za-z]+))?$/.exec(below)
  const model = decode(match?.[1] ?? "")
  if (match !== null && method === "GET" && match[2] === undefined) return { ...route, operation: "models", model }
  if (method === "POST" && model !== null && match?.[2] !== undefined && Object.hasOwn(geminiMethods, match[2])) {
    return { ...route, operation: geminiMethods[match[2]]!, model }
  }
  return { ...route, operation: "unknown", model: null }
}

function decode(segment: string): string | null {
  if (segment === "") return null
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
