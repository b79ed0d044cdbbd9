import type { Protocol } from "@sluice/protocol/providers"
import type { Failure } from "./failure.ts"

/** The headers a key may stand in, lower-case, and the query's `key`. */
export interface KeyHeaders {
  readonly authorization: string | undefined
  readonly xApiKey: string | undefined
  readonly apiKey: string | undefined
  readonly xGoogApiKey: string | undefined
  readonly queryKey: string | null
}

/**
 * Null when the request carries a key in a form its provider takes; any key is right unless it contains `invalid`.
 * OpenAI and those who speak like it take `Authorization: Bearer`, Azure that or `api-key`, Anthropic `x-api-key` or the same bearer, Gemini `x-goog-api-key` or `?key=`.
 */
export function checkKey(
  { protocol, azure }: { readonly protocol: Protocol; readonly azure: boolean },
  headers: KeyHeaders,
): Failure | null {
  const key = azure && headers.apiKey !== undefined ? headers.apiKey : findKey(protocol, headers)
  if (key === null || key === "") {
    return { status: 401, kind: "missing_key", message: missing[protocol], param: null }
  }
  if (!key.includes("invalid")) return null
  return { status: 401, kind: "invalid_key", message: invalid[protocol], param: null }
}

function findKey(protocol: Protocol, headers: KeyHeaders): string | null {
  if (protocol === "gemini") return headers.xGoogApiKey ?? headers.queryKey
  if (protocol === "anthropic" && headers.xApiKey !== undefined) return headers.xApiKey
  const authorization = headers.authorization
  return authorization !== undefined && /^bearer /i.test(authorization) ? authorization.slice(7).trim() : null
}

const missing: Readonly<Record<Protocol, string>> = {
  openai:
    "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth " +
    "(i.e. Authorization: Bearer YOUR_KEY).",
  anthropic: "x-api-key header is required",
  gemini: "Method doesn't allow unregistered callers. Please use an API key in x-goog-api-key.",
}

const invalid: Readonly<Record<Protocol, string>> = {
  openai: 'Incorrect API key provided. The simulator refuses keys that contain "invalid".',
  anthropic: "invalid x-api-key",
  gemini: "API key not valid. Please pass a valid API key.",
}
