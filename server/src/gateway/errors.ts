import { type GatewayErrorCode, gatewayErrors } from "@sluice/protocol/error-codes"
import type { Protocol } from "@sluice/protocol/providers"

/**
 * Why the gateway itself refuses or gives up on a request. Made without a stack: it is an answer, not a fault, and
 * capturing one costs more than the rest of the refusal.
 */
export class GatewayError extends Error {
  readonly code: GatewayErrorCode
  readonly status: number
  /** The request field or header that is to be changed; null when none is. */
  readonly param: string | null
  /** Headers the answer needs, flat: name, value, … */
  readonly headers: readonly string[]
  /** The rest of the body may still be coming and nobody will read it. */
  readonly closesConnection: boolean

  constructor(
    code: GatewayErrorCode,
    message: string,
    more: { param?: string; headers?: readonly string[]; closesConnection?: boolean } = {},
  ) {
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    super(message)
    Error.stackTraceLimit = stackTraceLimit
    this.code = code
    this.status = gatewayErrors[code]
    this.param = more.param ?? null
    this.headers = more.headers ?? []
    this.closesConnection = more.closesConnection ?? false
  }
}

/** Anthropic's own `type` for a status, as its error reference lists them. */
const anthropicTypes: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
  503: "overloaded_error",
  504: "timeout_error",
}

/** Google's canonical code for a status (google.rpc.Code and its HTTP mapping). */
const googleStatuses: Readonly<Record<number, string>> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  405: "UNIMPLEMENTED",
  408: "DEADLINE_EXCEEDED",
  413: "INVALID_ARGUMENT",
  429: "RESOURCE_EXHAUSTED",
  500: "INTERNAL",
  502: "UNAVAILABLE",
  503: "UNAVAILABLE",
  504: "DEADLINE_EXCEEDED",
}

function openaiType(status: number): string {
  if (status === 401) return "authentication_error"
  if (status === 403) return "permission_error"
  if (status === 429) return "rate_limit_error"
  return status < 500 ? "invalid_request_error" : "api_error"
}

function toBody(protocol: Protocol, error: GatewayError, requestId: string | null): object {
  const { code, status, message, param } = error
  if (protocol === "anthropic") {
    const type = anthropicTypes[status] ?? (status < 500 ? "invalid_request_error" : "api_error")
    return { type: "error", error: { type, message, code }, request_id: requestId }
  }
  if (protocol === "gemini") {
    return {
      error: { code: status, message, status: googleStatuses[status] ?? "UNKNOWN", details: [{ reason: code }] },
    }
  }
  return { error: { message, type: openaiType(status), param, code } }
}

/** The error as a whole answer in the shape the client's own protocol gives errors. */
export function renderError(protocol: Protocol, error: GatewayError, requestId: string | null): string {
  return JSON.stringify(toBody(protocol, error, requestId))
}

/** The error as one event of the client's stream; only to be written where an event may begin. */
export function renderErrorEvent(protocol: Protocol, error: GatewayError, requestId: string | null): string {
  const data = renderError(protocol, error, requestId)
  return protocol === "anthropic" ? `event: error\ndata: ${data}\n\n` : `data: ${data}\n\n`
}
