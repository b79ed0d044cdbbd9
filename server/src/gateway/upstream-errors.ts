import { GatewayError } from "./errors.ts"
import type { Exchange } from "./exchange.ts"

/** What the transport's errors mean to a caller. The cause's text stays out: it may name hosts of our own network. */
export function toUpstreamError(error: unknown, exchange: Exchange): GatewayError {
  const name = exchange.provider?.title ?? "the provider"
  const code = codeOf(error)
  if (code === "UND_ERR_CONNECT_TIMEOUT") {
    return new GatewayError("provider_timeout", `${name} did not accept a connection in time`)
  }
  if (code === "SLUICE_ADDRESS_REFUSED") {
    return new GatewayError(
      "provider_unreachable",
      `${name} could not be called: its address is one the gateway does not connect to (private ones need SLUICE_ALLOW_PRIVATE_UPSTREAMS)`,
    )
  }
  if (
    code === "HTTPParserError" ||
    // A status below 100, which the client's HTTP library only asserts against.
    code === "ERR_ASSERTION" ||
    code === "UND_ERR_HEADERS_OVERFLOW" ||
    code === "UND_ERR_RES_CONTENT_LENGTH_MISMATCH"
  ) {
    return new GatewayError("provider_protocol_error", `${name} sent something that is not an HTTP answer (${code})`)
  }
  if (exchange.response.headersSent) {
    return new GatewayError("provider_protocol_error", `${name} ended its answer before it was complete (${code})`)
  }
  return new GatewayError("provider_unreachable", `${name} could not be reached (${code})`)
}

/** The error's stable code, found also in its cause (TLS and DNS errors come wrapped). A parser's error has a name only. */
function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return "unknown"
  const { name, code, cause } = error as { name?: unknown; code?: unknown; cause?: unknown }
  if (name === "HTTPParserError") return name
  if (typeof code === "string") return code
  return cause === undefined ? "unknown" : codeOf(cause)
}
