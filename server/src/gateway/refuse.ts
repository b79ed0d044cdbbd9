import type { ErrorCategory, ErrorSource, GatewayErrorCode } from "@sluice/protocol/error-codes"
import { breakOff } from "./break-off.ts"
import type { GatewayContext } from "./context.ts"
import { type GatewayError, renderError } from "./errors.ts"
import type { Exchange, ExchangeFailure } from "./exchange.ts"
import { Deadline } from "./timer-wheel.ts"

/** How long a refused client may go on sending its body before its connection is closed. */
const lingerMs = 5000

const kinds: Readonly<Record<GatewayErrorCode, readonly [ErrorCategory, ErrorSource]>> = {
  invalid_request: ["invalid_request", "client"],
  invalid_provider: ["invalid_request", "client"],
  provider_required: ["invalid_request", "client"],
  azure_config_missing: ["invalid_request", "client"],
  translation_unavailable: ["invalid_request", "client"],
  missing_key: ["auth", "client"],
  invalid_key: ["auth", "client"],
  organization_disabled: ["auth", "client"],
  model_not_allowed: ["auth", "client"],
  scope_missing: ["auth", "client"],
  no_credential: ["auth", "gateway"],
  unknown_model: ["invalid_request", "client"],
  not_found: ["invalid_request", "client"],
  method_not_allowed: ["invalid_request", "client"],
  request_timeout: ["timeout", "client"],
  request_too_large: ["invalid_request", "client"],
  rate_limit_exceeded: ["rate_limit", "gateway"],
  concurrent_streams_exceeded: ["rate_limit", "gateway"],
  concurrent_requests_exceeded: ["rate_limit", "gateway"],
  provider_unreachable: ["network", "provider"],
  provider_protocol_error: ["network", "provider"],
  not_ready: ["internal", "gateway"],
  shutting_down: ["internal", "gateway"],
  provider_timeout: ["timeout", "provider"],
  internal_error: ["internal", "gateway"],
}

/** A refusal in the words of the exchange record. */
export function failureOf(error: GatewayError): ExchangeFailure {
  const [category, source] = kinds[error.code]
  return { code: error.code, category, source }
}

/** Closes a connection whose client keeps sending a body that was already answered. */
class Linger extends Deadline {
  readonly #exchange: Exchange

  constructor(exchange: Exchange) {
    super()
    this.#exchange = exchange
  }

  override expire(): void {
    if (!this.#exchange.request.complete) this.#exchange.request.destroy()
  }
}

/**
 * Answers with an error of our own, in the shape of the client's protocol. What is left of the request is read and thrown
 * away for a while, because a socket closed under an unread body would take the answer with it.
 */
export function answerError(exchange: Exchange, context: GatewayContext, error: GatewayError): void {
  const { response } = exchange
  exchange.failure = failureOf(error)
  if (response.headersSent || response.destroyed) {
    breakOff(exchange)
    return
  }
  const body = renderError(exchange.endpoint.protocol, error, exchange.publicId)
  const headers = [
    "content-type",
    "application/json",
    "content-length",
    String(Buffer.byteLength(body)),
    "x-sluice-error",
    error.code,
    "x-sluice-request-id",
    exchange.publicId,
    ...error.headers,
  ]
  const client = exchange.head?.clientRequestId
  if (client) headers.push("x-sluice-client-request-id", client)
  if (error.closesConnection || context.stopping) headers.push("connection", "close")
  // A provider's answer that could not be begun may have left its reason here.
  response.statusMessage = ""
  response.writeHead(error.status, headers)
  response.end(body)
  drainRequest(exchange, context)
}

/** Reads what is left of a request that was answered, and throws it away, for a while. */
export function drainRequest(exchange: Exchange, context: GatewayContext): void {
  exchange.upload?.destroy()
  if (exchange.request.complete) return
  exchange.request.resume()
  context.wheel.add(new Linger(exchange), lingerMs)
}
