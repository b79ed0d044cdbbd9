import type { Exchange } from "./exchange.ts"
import type { Admission } from "./limits/admission.ts"
import { limitHeaders } from "./limits/limit-headers.ts"

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
    const value = latin1(raw[i + 1] as Buffer | string)
    if (lower === "connection") named = value === "keep-alive" ? named : tokens(value, named)
    else if (!hopByHop.has(lower) && !isOurs(lower, value)) headers.push(name, value)
  }
  const kept = named ? without(headers, named) : headers
  if (exchange.project?.responseHeaders !== false) {
    addOwnHeaders(exchange, kept)
    if (exchange.admission) addLimitHeaders(exchange.admission, kept, Math.floor(exchange.firstByteAt / 1000))
  }
  if (last) kept.push("connection", "close")
  return kept
}

/** `x-sluice-*` and the phases known when the head goes out, for an answer of a provider. */
function addOwnHeaders(exchange: Exchange, headers: string[]): void {
  headers.push("x-sluice-request-id", exchange.publicId)
  headers.push("x-sluice-provider", exchange.provider?.name ?? "")
  const model = exchange.modelActual ?? ""
  if (isPrintable(model)) headers.push("x-sluice-model", model)
  if (exchange.rule) headers.push("x-sluice-rule", exchange.rule.publicId)
  headers.push("x-sluice-attempts", String(exchange.attempts))
  const client = exchange.head?.clientRequestId
  if (client) headers.push("x-sluice-client-request-id", client)
  headers.push("server-timing", serverTiming(exchange))
}

/**
 * What our limits say. A provider that says `x-ratelimit-*` itself keeps the last word under that name, because its answer is
 * handed on as it is; ours then stand beside it under a name of their own.
 */
function addLimitHeaders({ key, organization }: Admission, headers: string[], second: number): void {
  const isSaid = headers.some((name, i) => i % 2 === 0 && name.toLowerCase().startsWith("x-ratelimit-"))
  headers.push(...limitHeaders(key, organization, second, isSaid ? "x-sluice-ratelimit-" : "x-ratelimit-"))
}

/** Whether the text may stand in a header as it is. */
export const isPrintable = (text: string): boolean => /^[\x20-\x7e]+$/.test(text)

/** Durations in milliseconds, as W3C Server Timing gives them. */
function serverTiming(exchange: Exchange): string {
  const auth = exchange.authenticatedAt - exchange.begun
  const route = exchange.calledAt - exchange.bodyReadAt
  const upstream = exchange.firstByteAt - exchange.calledAt
  return `auth;dur=${toMicroseconds(auth)}, route;dur=${toMicroseconds(route)}, upstream;dur=${toMicroseconds(upstream)}`
}

/** Rounded to the microsecond; `toFixed` costs several times as much. */
const toMicroseconds = (durationMs: number): number => Math.round(durationMs * 1000) / 1000

const latin1 = (value: Buffer | string): string => (typeof value === "string" ? value : value.toString("latin1"))

function tokens(value: string, into: Set<string> | null): Set<string> {
  const named = into ?? new Set<string>()
  for (const token of value.split(",")) named.add(token.trim().toLowerCase())
  return named
}

/**
 * What only the gateway, or the dashboard on the same host, may say: a provider that says it would speak in our name, plant
 * a session or end one (cookies and `clear-site-data` do not know ports).
 */
function isOurs(name: string, value: string): boolean {
  if (name.startsWith("x-sluice-") || name === "clear-site-data") return true
  return name.startsWith("set-cookie") && /^\s*(__host-|__secure-)?sluice_/i.test(value)
}

function without(headers: readonly string[], names: ReadonlySet<string>): string[] {
  return headers.filter((_, i) => !names.has((headers[i - (i % 2)] as string).toLowerCase()))
}
