/** Codes the gateway answers with, each with its one HTTP status. `x-sluice-error` carries the code. */
export const gatewayErrors = {
  invalid_request: 400,
  invalid_provider: 400,
  provider_required: 400,
  azure_config_missing: 400,
  translation_unavailable: 400,
  missing_key: 401,
  invalid_key: 401,
  organization_disabled: 403,
  model_not_allowed: 403,
  scope_missing: 403,
  unknown_model: 404,
  not_found: 404,
  method_not_allowed: 405,
  request_timeout: 408,
  request_too_large: 413,
  rate_limit_exceeded: 429,
  concurrent_streams_exceeded: 429,
  concurrent_requests_exceeded: 429,
  no_credential: 400,
  provider_unreachable: 502,
  provider_protocol_error: 502,
  not_ready: 503,
  shutting_down: 503,
  provider_timeout: 504,
  internal_error: 500,
} as const

export type GatewayErrorCode = keyof typeof gatewayErrors

/** Codes the management API answers with, each with its one HTTP status. */
export const apiErrors = {
  validation_failed: 400,
  invalid_json: 400,
  invalid_cursor: 400,
  unauthenticated: 401,
  permission_denied: 403,
  csrf_failed: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  precondition_failed: 412,
  request_too_large: 413,
  internal_error: 500,
  store_unavailable: 503,
} as const

export type ApiErrorCode = keyof typeof apiErrors

/** What kind of failure a recorded request met, whatever words the provider used for it. */
export const errorCategories = [
  "auth",
  "rate_limit",
  "invalid_request",
  "context_length",
  "content_filter",
  "timeout",
  "provider_5xx",
  "network",
  "client_cancelled",
  "internal",
] as const

export type ErrorCategory = (typeof errorCategories)[number]

/** Who a failure is to be looked for at. */
export const errorSources = ["client", "gateway", "provider"] as const

export type ErrorSource = (typeof errorSources)[number]
