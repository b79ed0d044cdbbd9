import type { Protocol } from "@sluice/protocol/providers"
import type { StreamFormat } from "./rendered.ts"

/** Why a request is refused, before it is put in a provider's words. */
export type FailureKind =
  | "missing_key"
  | "invalid_key"
  | "model_not_found"
  | "not_found"
  | "malformed"
  | "context_length"
  | "by_status"

/** A refusal. `param` names the field at fault where the dialect says so. */
export interface Failure {
  readonly status: number
  readonly kind: FailureKind
  readonly message: string
  readonly param: string | null
}

/** A field that is missing or wrong. */
export const malformed = (message: string, param: string | null = null): Failure => ({
  status: 400,
  kind: "malformed",
  message,
  param,
})

/** The refusal that a status stands for when a fault asks for it by number. */
export function failureForStatus(status: number): Failure {
  return {
    status,
    kind: "by_status",
    message: statusMessages[status] ?? `simulated failure with status ${status}`,
    param: null,
  }
}

const statusMessages: Readonly<Record<number, string>> = {
  400: "The request is invalid (simulated).",
  401: "The API key is not valid (simulated).",
  403: "You do not have permission to do this (simulated).",
  404: "There is nothing here (simulated).",
  413: "The request is too large (simulated).",
  429: "Rate limit reached. Please try again later (simulated).",
  500: "The server had an error while processing your request (simulated).",
  503: "The service is unavailable, please try again later (simulated).",
  529: "Overloaded",
}

/** The body of a refusal, as the dialect's provider writes it. */
export function renderFailure(protocol: Protocol, failure: Failure, requestId: string): string {
  if (protocol === "anthropic") return renderAnthropic(failure, requestId)
  return protocol === "gemini" ? renderGemini(failure) : renderOpenAi(failure)
}

/** An error inside a stream that began with 200. `sequence` is the event's position, which the Responses API numbers. */
export function renderErrorEvent(format: StreamFormat, sequence: number): string {
  const message = "The server had an error while processing your request (simulated)."
  if (format === "chat") {
    return `data: ${JSON.stringify({ error: { message, type: "server_error", param: null, code: null } })}\n\n`
  }
  if (format === "responses") {
    const event = { type: "error", code: "server_error", message, param: null, sequence_number: sequence }
    return `event: error\ndata: ${JSON.stringify(event)}\n\n`
  }
  if (format === "anthropic") {
    const event = { type: "error", error: { type: "overloaded_error", message: "Overloaded" } }
    return `event: error\ndata: ${JSON.stringify(event)}\n\n`
  }
  const event = JSON.stringify({ error: { code: 503, message: "The model is overloaded.", status: "UNAVAILABLE" } })
  if (format === "gemini-sse") return `data: ${event}\r\n\r\n`
  return `${sequence === 0 ? "[" : ",\r\n"}${event}\n]`
}

/** OpenAI's error object: platform.openai.com/docs/guides/error-codes, and `openai/core/error`. */
function renderOpenAi(failure: Failure): string {
  const codes: Readonly<Partial<Record<FailureKind, string>>> = {
    invalid_key: "invalid_api_key",
    model_not_found: "model_not_found",
    context_length: "context_length_exceeded",
    not_found: "unknown_url",
  }
  const byStatus: Readonly<Record<number, readonly [type: string, code: string | null]>> = {
    401: ["invalid_request_error", "invalid_api_key"],
    429: ["requests", "rate_limit_exceeded"],
  }
  const [type, code] =
    failure.kind === "by_status"
      ? (byStatus[failure.status] ?? [failure.status >= 500 ? "server_error" : "invalid_request_error", null])
      : ["invalid_request_error", codes[failure.kind] ?? null]
  return JSON.stringify({ error: { message: failure.message, type, param: failure.param, code } })
}

/** Anthropic's: docs.anthropic.com/en/api/errors. */
function renderAnthropic(failure: Failure, requestId: string): string {
  const types: Readonly<Record<number, string>> = {
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
  }
  const type = types[failure.status] ?? (failure.status >= 500 ? "api_error" : "invalid_request_error")
  return JSON.stringify({ type: "error", error: { type, message: failure.message }, request_id: requestId })
}

/** Google's `google.rpc.Status`: cloud.google.com/apis/design/errors. */
function renderGemini(failure: Failure): string {
  const statuses: Readonly<Record<number, string>> = {
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
  }
  const status = statuses[failure.status] ?? (failure.status >= 500 ? "UNKNOWN" : "INVALID_ARGUMENT")
  const details =
    failure.kind === "invalid_key"
      ? {
          details: [
            {
              "@type": "type.googleapis.com/google.rpc.ErrorInfo",
              reason: "API_KEY_INVALID",
              domain: "googleapis.com",
              metadata: { service: "generativelanguage.googleapis.com" },
            },
          ],
        }
      : {}
  return JSON.stringify({ error: { code: failure.status, message: failure.message, status, ...details } })
}
