import type { ErrorCategory } from "@sluice/protocol/error-codes"
import type { Protocol } from "@sluice/protocol/providers"
import { isObject, type JsonObject, toList, toObject, toText } from "./json-value.ts"
import type { AnswerError } from "./provider.ts"

/**
 * What kind of failure a provider's answer tells of. The provider's own code decides where it is known, then the wording
 * of a refused request (a prompt too long is nowhere a code of its own but at OpenAI), then the HTTP status.
 *
 * Sources: platform.openai.com/docs/guides/error-codes, console.groq.com/docs/errors, docs.anthropic.com/en/api/errors,
 * ai.google.dev/gemini-api/docs/troubleshooting and google.rpc.Code. An exhausted quota or balance is a `rate_limit`
 * here: the same request will pass once the account may spend again.
 *
 * The body may be cut or anything at all; null when there was none. Never throws.
 */
export function classifyError(protocol: Protocol, status: number, body: Buffer | string | null): AnswerError {
  return classifyErrorValue(protocol, status, body === null ? null : parse(body))
}

/** As `classifyError`, for an error that is already parsed; `status` is null for one inside an answer that began well. */
export function classifyErrorValue(protocol: Protocol, status: number | null, value: unknown): AnswerError {
  const body = toObject(Array.isArray(value) ? value[0] : value)
  const error: JsonObject = isObject(body.error) ? body.error : body
  const message = toText(error.message) ?? toText(body.error) ?? ""
  const names = namesOf(protocol, error)
  for (const name of names) {
    const category = byName.get(name)
    if (category === undefined || category === "invalid_request") continue
    // Ollama calls everything an `api_error` and lets the status tell.
    if (category === "provider_5xx" && status !== null && status >= 400 && status < 500) continue
    return { category, code: name }
  }
  const code = names[0] ?? null
  const refused = code !== null && byName.get(code) === "invalid_request"
  if (refused || status === null || (status >= 400 && status < 500)) {
    const category = byWording(message)
    if (category !== null) return { category, code }
  }
  // An error in the middle of an answer, without a word why, is the provider's own.
  return { category: refused ? "invalid_request" : byStatus(status ?? 500), code }
}

/** Longer bodies are not error messages. */
const parseCap = 256 * 1024

function parse(body: Buffer | string): unknown {
  if (body.length > parseCap) return null
  try {
    return JSON.parse(typeof body === "string" ? body : body.toString("utf8")) as unknown
  } catch {
    return null
  }
}

/** The provider's names for the failure, the most telling first. */
function namesOf(protocol: Protocol, error: JsonObject): readonly string[] {
  const names: unknown[] = []
  if (protocol === "gemini") {
    // google.rpc.ErrorInfo tells a wrong key from a wrong argument: both are INVALID_ARGUMENT.
    for (const detail of toList(error.details)) names.push(toObject(detail).reason)
    names.push(error.status)
  } else names.push(error.code, error.type)
  return names.filter(isName)
}

/** A code is a word: nothing that could carry a secret or a prompt is taken for one. */
function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "error" && /^[A-Za-z][A-Za-z0-9_.:-]{0,63}$/.test(value)
}

const named: Readonly<Record<ErrorCategory, readonly string[]>> = {
  auth: [
    "invalid_api_key",
    "incorrect_api_key",
    "invalid_organization",
    "invalid_project",
    "account_deactivated",
    "ip_not_authorized",
    "unsupported_country_region_territory",
    "organization_restricted",
    "blocked_api_access",
    "authentication_error",
    "permission_error",
    "UNAUTHENTICATED",
    "PERMISSION_DENIED",
    "API_KEY_INVALID",
    "API_KEY_SERVICE_BLOCKED",
    "API_KEY_HTTP_REFERRER_BLOCKED",
    "API_KEY_IP_ADDRESS_BLOCKED",
    "SERVICE_DISABLED",
  ],
  rate_limit: [
    "rate_limit_exceeded",
    "rate_limit_error",
    "insufficient_quota",
    "billing_hard_limit_reached",
    "billing_not_active",
    "billing_error",
    "slow_down",
    "tokens",
    "requests",
    "capacity_exceeded",
    "RESOURCE_EXHAUSTED",
    "RATE_LIMIT_EXCEEDED",
  ],
  context_length: ["context_length_exceeded", "model_context_window_exceeded"],
  content_filter: [
    "content_filter",
    "content_policy_violation",
    "image_content_policy_violation",
    "moderation_blocked",
    // The Responses API's name for a prompt that was flagged.
    "invalid_prompt",
    "bio_policy",
    "cyber_policy",
  ],
  timeout: ["timeout", "request_timeout", "timeout_error", "vector_store_timeout", "DEADLINE_EXCEEDED"],
  provider_5xx: [
    "server_error",
    "internal_server_error",
    "engine_overloaded",
    "overloaded",
    "overloaded_error",
    "api_error",
    "service_unavailable",
    "INTERNAL",
    "UNAVAILABLE",
    "UNKNOWN",
    "DATA_LOSS",
  ],
  invalid_request: [
    "invalid_request_error",
    "not_found_error",
    "request_too_large",
    "model_not_found",
    "INVALID_ARGUMENT",
    "NOT_FOUND",
    "FAILED_PRECONDITION",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
  ],
  network: [],
  client_cancelled: [],
  internal: [],
}

const byName: ReadonlyMap<string, ErrorCategory> = new Map(
  Object.entries(named).flatMap(([category, names]) => names.map((name) => [name, category as ErrorCategory])),
)

/** Anthropic, Gemini and OpenAI-compatible servers say these in words only. */
const tooLong =
  /prompt is too long|exceeds? (the )?context (limit|window|length)|maximum context length|context window|input token count.{0,40} exceeds/i
const filtered = /content filtering policy|content management policy|safety system/i
const unpaid = /credit balance is too low|insufficient balance/i
const unknownKey = /incorrect api key/i

function byWording(text: string): ErrorCategory | null {
  const message = text.slice(0, 2000)
  if (tooLong.test(message)) return "context_length"
  if (filtered.test(message)) return "content_filter"
  if (unpaid.test(message)) return "rate_limit"
  if (unknownKey.test(message)) return "auth"
  return null
}

function byStatus(status: number): ErrorCategory {
  if (status === 401 || status === 403 || status === 407) return "auth"
  if (status === 408 || status === 504) return "timeout"
  // 402: the balance is used up. 498: Groq's flexible tier has no capacity left.
  if (status === 402 || status === 429 || status === 498) return "rate_limit"
  return status >= 500 ? "provider_5xx" : "invalid_request"
}
