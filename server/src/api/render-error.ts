import type { Context } from "hono"
import { HTTPException } from "hono/http-exception"
import { ApiError, internalError, invalidJson, storeUnavailable } from "../platform/errors.ts"
import type { ApiEnvironment } from "./route.ts"

/** What turning a failure into an answer takes. */
export interface RenderErrorDeps {
  /** Whether a failure means that the database cannot be reached just now. */
  isStoreUnavailable(error: unknown): boolean
  /** Told of everything that is not the caller's own doing. */
  report(error: unknown, requestId: string): void
}

/** The one place where failures become answers. Known ones are safe to show; anything else is reported in full and hidden. */
export function renderError(error: unknown, context: Context<ApiEnvironment>, deps: RenderErrorDeps): Response {
  const known = toApiError(error, deps)
  const requestId = context.get("requestId")
  if (known.status >= 500) deps.report(known.cause ?? known, requestId)
  return context.json(known.toBody(requestId), known.status, { ...known.headers })
}

function toApiError(error: unknown, deps: RenderErrorDeps): ApiError {
  if (error instanceof ApiError) return error
  // The router's own refusal of a body it cannot read.
  if (error instanceof HTTPException && error.status < 500) return invalidJson("The body cannot be read as JSON.")
  if (deps.isStoreUnavailable(error)) return storeUnavailable(error)
  return internalError(error)
}
