import type { RequestBody } from "@sluice/protocol/api/requests"
import type { ErrorCategory, GatewayErrorCode } from "@sluice/protocol/error-codes"
import type { QualityFlag, UsageSource } from "@sluice/protocol/exchange-record"

/** Why a request has no cost, as a sentence. */
export function whyNoCost(request: RequestBody): string {
  switch (request.cost_unknown_reason) {
    case "no_usage":
      return "No token was counted, so there is nothing to price."
    case "no_price":
      return `The catalog has no price for ${request.model_actual ?? request.model_requested ?? "this model"}.`
    case "no_provider":
      return "It ended before a provider was chosen."
    case null:
      return "The amount could not be read."
  }
}

/** Why a request has no token counts, as a sentence. */
export function whyNoTokens(request: RequestBody): string {
  if (request.provider === null) return "It ended before a provider was chosen."
  if (request.status >= 400) return "It failed, and the provider reported no tokens."
  if (request.quality.includes("usage_unreadable")) return "The provider's counts could not be read."
  return "The provider reported no tokens."
}

/** Why a request has no time to first token, as a sentence. */
export function whyNoFirstToken(request: RequestBody): string {
  if (!request.streaming) return "Only streamed answers have a first token."
  return request.status >= 400 ? "It failed before the first token." : "No token was seen in the stream."
}

/** Why a request has no model, as a sentence. */
export const whyNoModel = "The request named no model that could be read."

/** Why a request has no provider, as a sentence. */
export const whyNoProvider = "It ended before a provider was chosen."

/** Why a request has no feature, and how to give it one. */
export const whyNoFeature = "Not tagged. Send the header X-Sluice-Feature to see which part of the application asks."

/** Where token counts come from, in words. */
export const usageSourceWords: Readonly<Record<UsageSource, string>> = {
  provider: "counted by the provider",
  measured: "counted by Sluice with the model family's own tokeniser",
  estimated: "estimated by Sluice: the provider reported none",
  none: "not counted",
}

/** The kinds of failure, in words. */
export const categoryWords: Readonly<Record<ErrorCategory, string>> = {
  auth: "authentication",
  rate_limit: "rate limit",
  invalid_request: "invalid request",
  context_length: "context too long",
  content_filter: "content filter",
  timeout: "timeout",
  provider_5xx: "provider failure",
  network: "network",
  client_cancelled: "client left",
  internal: "internal",
}

/** What a reader should know about a record's own figures. */
export const qualityWords: Readonly<Record<QualityFlag, string>> = {
  feature_truncated: "The feature's name was longer than 100 characters and was cut.",
  metadata_invalid: "The metadata header was not a JSON object and was left out.",
  metadata_truncated: "The metadata was larger than 2 KB and was left out.",
  session_truncated: "The session's name was too long and was cut.",
  user_truncated: "The user's name was too long and was cut.",
  client_request_id_invalid: "The caller's own request id was not usable and was left out.",
  upstream_cut: "The provider broke off in the middle of its answer.",
  usage_unreadable: "The provider's token counts could not be read.",
  answer_unreadable: "The answer was not what its format promises; it was passed on unchanged.",
  clock_skew: "The gateway's clock was changed during the request.",
}

const advice: Partial<Record<GatewayErrorCode, string>> = {
  missing_key: "The request carried no Sluice key. Set the SDK's API key to one that begins with slk_.",
  invalid_key: "The key is unknown, expired or revoked. Make a new one under API keys.",
  no_credential: "No credential for this provider was at hand. Add one under Providers.",
  unknown_model: "No provider could be found for this model. Name it as provider/model, or send X-Sluice-Provider.",
  model_not_allowed: "The key's list of models does not include this one.",
  scope_missing: "The key lacks a scope that this route needs.",
  provider_unreachable: "The provider did not answer. Check its status page, and the base URL of the credential.",
  provider_timeout: "The provider took longer than the gateway waits.",
  provider_protocol_error: "The provider's answer was not valid HTTP.",
  request_too_large: "The body was larger than the gateway accepts.",
  request_timeout: "The client took too long to send its request.",
  shutting_down: "The gateway was stopping. The client may send the request again.",
  not_ready: "The gateway had not read its configuration yet. The client may send the request again.",
  invalid_request: "The body was not JSON, or it named no model.",
}

/** What to do about an error code; null when there is nothing to add to its name. */
export function adviceFor(code: string | null): string | null {
  return code !== null && code in advice ? (advice[code as GatewayErrorCode] ?? null) : null
}

/** Why a routing rule was passed over, by the reason the record gives. */
export const skipWords: Readonly<Record<string, string>> = {
  no_credential: "there was no credential for its target (no_credential)",
  translation_unavailable: "its target speaks another protocol (translation_unavailable)",
  model_not_allowed: "the key may not use its model (model_not_allowed)",
  not_evaluable: "it could not be followed (not_evaluable)",
}
