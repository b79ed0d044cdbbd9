import { ApiError } from "../platform/errors.ts"

/** What SDKs put behind a base URL when they call models; each begins the path, with or without a version before it. */
const modelCall =
  /^(\/v1|\/v1beta|\/openai)?\/(chat|completions|responses|embeddings|messages|models|images|audio|moderations|rerank|files|batches|deployments|v1)(\/|$)/

/** Pages of the dashboard have paths of their own; a browser that asks for one of those says that it wants HTML. */
const isPage = (accept: string | undefined): boolean => accept?.includes("text/html") ?? false

/** What decides whether a request was meant for the gateway. */
export interface StrayRequest {
  readonly path: string
  readonly accept: string | undefined
}

/**
 * An SDK with the address of the dashboard as its base URL is the likeliest mistake of a first call: the answer names the
 * gateway. Null when the request is no model call.
 */
export function refuseModelCall({ path, accept }: StrayRequest, gatewayUrl: string): ApiError | null {
  if (isPage(accept) || !modelCall.test(path)) return null
  const url = gatewayUrl.replace(/\/+$/, "")
  return new ApiError("not_found", {
    message:
      "This address is Sluice's dashboard and management API; models are called at the gateway. Use as base URL " +
      `${url}/v1 with OpenAI clients, ${url} with Anthropic and Gemini clients.`,
  })
}
