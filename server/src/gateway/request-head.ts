import type { QualityFlag } from "@sluice/protocol/exchange-record"
import { GatewayError } from "./errors.ts"

/** A provider key that the caller sent along with ours. */
export interface CallerCredential {
  /** Lower-case header it came in; `query` for Gemini's `?key=`, which goes on as a header. */
  readonly header: "authorization" | "x-api-key" | "api-key" | "x-goog-api-key" | "query"
  /** The header's value as it came. */
  readonly value: string
  /** The bare secret, without `Bearer `. */
  readonly secret: string
}

/** What the head of a request says, sorted once: who calls, what it is about, and what goes on to the provider. */
export interface RequestHead {
  /** The caller's Sluice key; null when none was sent. */
  key: string | null
  callerCredential: CallerCredential | null
  /** Headers for the provider, flat, in the client's order and spelling; no key, no hop-by-hop, nothing of ours. */
  readonly forward: string[]
  /** The path and query for the provider, without any key of ours. */
  target: string
  contentLength: number | null
  contentType: string | null
  contentEncoding: string | null
  /** The client waits for leave to send its body (`expect: 100-continue`). */
  expectsContinue: boolean
  anthropicVersion: string | null
  provider: string | null
  feature: string | null
  task: string | null
  session: string | null
  user: string | null
  metadata: Record<string, unknown> | null
  clientRequestId: string | null
  traceId: string | null
  spanId: string | null
  readonly quality: QualityFlag[]
}

const keyHeaders = new Set(["authorization", "x-api-key", "api-key", "x-goog-api-key"])

/** Connection-level headers (RFC 9110 §7.6.1), and what the transport to the provider writes itself. */
const hopByHop = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "host",
  "content-length",
  "expect",
  "http2-settings",
])

/** Encodings of an answer that can be read for usage; others are not offered to the provider. */
const readableEncodings = new Set(["gzip", "x-gzip", "deflate", "br", "identity", "*"])

const bearer = /^bearer +(\S+)\s*$/i
const ours = "slk_"
/** A key of ours, or what could be one, anywhere in a text. */
const ourKey = /slk_[0-9A-Za-z]{8}/

/** Headers a request may have; no client of a model sends a tenth of it. */
const maximalHeaders = 512

/** Longest values kept, in characters. */
const limits = { feature: 100, task: 100, session: 256, user: 256, clientRequestId: 128, metadataBytes: 2048 }

/**
 * @param rawHeaders Node's flat list, as the bytes came
 * @param url the request target
 * @throws GatewayError `invalid_request` for too many headers, a repeated authentication header, two different keys of ours, or headers
 * that contradict each other
 */
export function readRequestHead(rawHeaders: readonly string[], url: string): RequestHead {
  if (rawHeaders.length > maximalHeaders * 2) {
    throw new GatewayError("invalid_request", `the request has more than ${maximalHeaders} headers`)
  }
  const head = emptyHead(url)
  const seen = new Set<string>()
  let sluiceKey: string | null = null
  let dropped: Set<string> | null = null
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] as string).toLowerCase()
    const value = rawHeaders[i + 1] as string
    if (keyHeaders.has(name)) {
      refuseRepetition(seen, name)
      takeKeyHeader(head, name as CallerCredential["header"], value)
    } else if (name === "x-sluice-key") {
      refuseRepetition(seen, name)
      sluiceKey = value.trim()
    } else if (name.startsWith("x-sluice-")) readOwnHeader(head, name, value)
    else if (name === "connection") dropped = connectionTokens(value, dropped)
    else if (name === "host") refuseRepetition(seen, name)
    else if (name === "expect") head.expectsContinue = value.trim().toLowerCase() === "100-continue"
    else if (name === "accept-encoding") head.forward.push(rawHeaders[i] as string, readableOnly(value))
    else if (!hopByHop.has(name) && name !== "cookie" && !holdsOurKey(value) && !holdsOurKey(rawHeaders[i] as string)) {
      head.forward.push(rawHeaders[i] as string, value)
    }
    if (name.charCodeAt(0) === 0x63 || name === "traceparent") readEntityHeader(head, name, value)
    else if (name === "anthropic-version") head.anthropicVersion = value
  }
  if (dropped) dropHeaders(head.forward, dropped)
  takeQueryKey(head)
  if (sluiceKey !== null) takeKey(head, sluiceKey)
  return head
}

function emptyHead(url: string): RequestHead {
  return {
    key: null,
    callerCredential: null,
    forward: [],
    target: url,
    contentLength: null,
    contentType: null,
    contentEncoding: null,
    expectsContinue: false,
    anthropicVersion: null,
    provider: null,
    feature: null,
    task: null,
    session: null,
    user: null,
    metadata: null,
    clientRequestId: null,
    traceId: null,
    spanId: null,
    quality: [],
  }
}

function refuseRepetition(seen: Set<string>, name: string): void {
  if (seen.has(name)) throw new GatewayError("invalid_request", `the header ${name} is sent twice`, { param: name })
  seen.add(name)
}

function takeKey(head: RequestHead, key: string): void {
  if (head.key !== null && head.key !== key) {
    throw new GatewayError("invalid_request", "two different Sluice keys were sent; send one")
  }
  head.key = key
}

function takeKeyHeader(head: RequestHead, header: CallerCredential["header"], value: string): void {
  const secret = header === "authorization" ? (bearer.exec(value)?.[1] ?? value.trim()) : value.trim()
  if (secret.startsWith(ours)) takeKey(head, secret)
  else if (holdsOurKey(value)) throw disguised(`the header ${header}`, header)
  else if (secret !== "") head.callerCredential ??= { header, value, secret }
}

const holdsOurKey = (text: string): boolean => text.includes(ours) && ourKey.test(text)

function disguised(where: string, param: string): GatewayError {
  return new GatewayError("invalid_request", `${where} holds a Sluice key and something else; send the key alone`, {
    param,
  })
}

/** Gemini clients may send a key as `?key=`; whoever's it is, it is taken out of the target. */
function takeQueryKey(head: RequestHead): void {
  const question = head.target.indexOf("?")
  const path = question < 0 ? head.target : head.target.slice(0, question)
  if (holdsOurKey(path.includes("%") ? decodeQuery(path) : path)) throw disguised("the path", "key")
  if (question < 0) return
  const kept: string[] = []
  let taken = false
  for (const pair of head.target.slice(question + 1).split("&")) {
    const equals = pair.indexOf("=")
    const name = decodeQuery(equals < 0 ? pair : pair.slice(0, equals))
    const secret = decodeQuery(equals < 0 ? "" : pair.slice(equals + 1))
    if (name !== "key") {
      if (holdsOurKey(secret) || holdsOurKey(name)) throw disguised("the query", "key")
      kept.push(pair)
      continue
    }
    if (taken) throw new GatewayError("invalid_request", "the query parameter key is sent twice", { param: "key" })
    taken = true
    if (secret.startsWith(ours)) takeKey(head, secret)
    else if (holdsOurKey(secret)) throw disguised("the query parameter key", "key")
    else if (/[^\x21-\x7e]/.test(secret)) throw unprintable()
    else if (secret !== "") head.callerCredential ??= { header: "query", value: secret, secret }
  }
  head.target = head.target.slice(0, question) + (kept.length > 0 ? `?${kept.join("&")}` : "")
}

function unprintable(): GatewayError {
  return new GatewayError("invalid_request", "the query parameter key holds characters that no key has", {
    param: "key",
  })
}

function decodeQuery(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // One wrong escape must not hide what the right ones say: others decode those and let the wrong one stand.
    return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  }
}

function readEntityHeader(head: RequestHead, name: string, value: string): void {
  if (name === "content-length") head.contentLength = Number(value)
  else if (name === "content-type") head.contentType = value
  else if (name === "content-encoding") head.contentEncoding = value.trim().toLowerCase()
  else if (name === "traceparent") readTraceparent(head, value)
}

/** W3C Trace Context §3.2: version-traceid-parentid-flags; all-zero ids are invalid. */
function readTraceparent(head: RequestHead, value: string): void {
  const match = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}/.exec(value)
  if (!match?.[1] || !match[2] || /^0+$/.test(match[1]) || /^0+$/.test(match[2])) return
  head.traceId = match[1]
  head.spanId = match[2]
}

function readOwnHeader(head: RequestHead, name: string, value: string): void {
  switch (name) {
    case "x-sluice-provider":
      head.provider = value.trim().toLowerCase()
      break
    case "x-sluice-feature":
      head.feature = shorten(head, value, limits.feature, "feature_truncated")
      break
    case "x-sluice-task":
      head.task = text(value).slice(0, limits.task) || null
      break
    case "x-sluice-session":
      head.session = shorten(head, value, limits.session, "session_truncated")
      break
    case "x-sluice-user":
      head.user = shorten(head, value, limits.user, "user_truncated")
      break
    case "x-sluice-request-id":
      if (/^[\x20-\x7e]{1,128}$/.test(value)) head.clientRequestId = value
      else head.quality.push("client_request_id_invalid")
      break
    case "x-sluice-metadata":
      readMetadata(head, value)
      break
    default:
      break
  }
}

/** Node reads header bytes as Latin-1; applications send UTF-8. */
function text(value: string): string {
  const trimmed = value.trim()
  return /[\u0080-\u00ff]/.test(trimmed) ? Buffer.from(trimmed, "latin1").toString("utf8") : trimmed
}

function shorten(head: RequestHead, value: string, max: number, flag: QualityFlag): string | null {
  const whole = text(value)
  if (whole.length > max) head.quality.push(flag)
  return whole.slice(0, max) || null
}

function readMetadata(head: RequestHead, value: string): void {
  if (value.length > limits.metadataBytes) {
    head.quality.push("metadata_truncated")
    return
  }
  try {
    const parsed: unknown = JSON.parse(text(value))
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) {
      head.metadata = parsed as Record<string, unknown>
      return
    }
  } catch {
    // Said below: a label that cannot be read must not fail the request it labels.
  }
  head.quality.push("metadata_invalid")
}

function connectionTokens(value: string, into: Set<string> | null): Set<string> {
  const tokens = into ?? new Set<string>()
  for (const token of value.split(",")) tokens.add(token.trim().toLowerCase())
  return tokens
}

function dropHeaders(forward: string[], names: ReadonlySet<string>): void {
  let kept = 0
  for (let i = 0; i < forward.length; i += 2) {
    if (names.has((forward[i] as string).toLowerCase())) continue
    forward[kept] = forward[i] as string
    forward[kept + 1] = forward[i + 1] as string
    kept += 2
  }
  forward.length = kept
}

function readableOnly(value: string): string {
  const kept = value.split(",").filter((part) => {
    const coding = part.split(";", 1)[0]?.trim().toLowerCase() ?? ""
    return readableEncodings.has(coding)
  })
  const offered = kept.map((part) => part.trim()).join(", ")
  return offered === "*" || offered === "" ? "identity" : offered
}
