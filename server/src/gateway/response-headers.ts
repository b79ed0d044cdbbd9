import type { Exchange } from "./exchange.ts"

/** Headers of a connection, not of an answer (RFC 9110 §7.6.1). */
const hopByHop = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
])

/** The provider's headers in their order and spelling, without those of its connection, and ours after them; `last` closes the connection. */
export function relayHeaders(exchange: Exchange, raw: readonly (Buffer | string)[], last: boolean): string[] {
  const headers: string[] = []
  let named: Set<string> | null = null
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = latin1(raw[i] as Buffer | string)
    const lower = name.toLowerCase()
    if (lower === "connection") named = tokens(latin1(raw[i + 1] as Buffer | string))
    else if (!hopByHop.has(lower)) headers.push(name, latin1(raw[i + 1] as Buffer | string))
  }
  const kept = named ? without(headers, named) : headers
  if (exchange.project?.responseHeaders !== false) addOwnHeaders(exchange, kept)
  if (last) kept.push("connection", "close")
  return kept
}

/** `x-sluice-*` and the phases known when the head goes out, for an answer of a provider. */
function addOwnHeaders(exchange: Exchange, headers: string[]): void {
  headers.push("x-sluice-request-id", exchange.publicId)
  headers.push("x-sluice-provider", exchange.provider?.name ?? "")
  const model = exchange.modelActual ?? ""
  if (isPrintable(model)) headers.push("x-sluice-model", model)
  headers.push("x-sluice-attempts", String(exchange.attempts))
  const client = exchange.head?.clientRequestId
  if (client) headers.push("x-sluice-client-request-id", client)
  headers.push("server-timing", serverTiming(exchange))
}

/** Whether the text may stand in a header as it is. */
export const isPrintable = (text: string): boolean => /^[\x20-\x7e]+$/.test(text)

/** Durations in milliseconds, as W3C Server Timing gives them. */
function serverTiming(exchange: Exchange): string {
  const auth = exchange.authenticatedAt - exchange.begun
  const route = exchange.calledAt - exchange.bodyReadAt
  const upstream = exchange.firstByteAt - exchange.calledAt
  return `auth;dur=${auth.toFixed(3)}, route;dur=${route.toFixed(3)}, upstream;dur=${upstream.toFixed(3)}`
}

const latin1 = (value: Buffer | string): string => (typeof value === "string" ? value : value.toString("latin1"))

const tokens = (value: string): Set<string> => new Set(value.split(",").map((token) => token.trim().toLowerCase()))

function without(headers: readonly string[], names: ReadonlySet<string>): string[] {
  return headers.filter((_, i) => !names.has((headers[i - (i % 2)] as string).toLowerCase()))
}
