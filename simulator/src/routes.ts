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
  | "models"
  | "unknown"

/** A request line, understood. */
export interface Route {
  readonly operation: Operation
  /** Whose shapes the answer (or the refusal) has. */
  readonly protocol: Protocol
  /** Under `/openai/v1`, where Groq serves OpenAI's format. */
  readonly groq: boolean
  /** The model in the path, where it stands there. */
  readonly model: string | null
}

const posts: Readonly<Record<string, readonly [Operation, Protocol]>> = {
  "/chat/completions": ["chat", "openai"],
  "/completions": ["completions", "openai"],
  "/responses": ["responses", "openai"],
  "/embeddings": ["embeddings", "openai"],
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

/** Finds the route of a path without its query. `anthropic`: the request carries `anthropic-version`. Never fails. */
export function matchRoute(method: string, path: string, anthropic: boolean): Route {
  if (path.startsWith("/v1beta/")) return matchGemini(method, path.slice("/v1beta".length))
  const groq = path.startsWith("/openai/v1/")
  const below = groq ? path.slice("/openai/v1".length) : path.startsWith("/v1/") ? path.slice("/v1".length) : ""
  const own: Protocol = !groq && (anthropic || below.startsWith("/messages")) ? "anthropic" : "openai"
  if (method === "POST" && Object.hasOwn(posts, below)) {
    const [operation, protocol] = posts[below]!
    if (!groq || protocol === "openai") return { operation, protocol, groq, model: null }
  }
  if (method === "GET" && (below === "/models" || below.startsWith("/models/"))) {
    return { operation: "models", protocol: own, groq, model: decode(below.slice("/models/".length)) }
  }
  return { operation: "unknown", protocol: own, groq, model: null }
}

function matchGemini(method: string, below: string): Route {
  const route = { protocol: "gemini", groq: false } as const
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
