import type { ApiErrorBody, FieldError } from "@sluice/protocol/api/common"
import { type ApiErrorCode, apiErrors } from "@sluice/protocol/error-codes"

/** What an `ApiError` is made of, apart from its code. */
export interface ApiErrorOptions {
  /** A sentence for people: what was wrong, where, what to do. Never holds a secret. */
  readonly message: string
  /** The one parameter that is to blame; null when there is none, or several. */
  readonly param?: string | null
  /** Every bad field of a request. */
  readonly details?: readonly FieldError[]
  /** Response headers that belong to the failure, e.g. `allow`. */
  readonly headers?: Readonly<Record<string, string>>
  readonly cause?: unknown
}

/**
 * A failure that may be shown to whoever caused it. Callers switch on `code`; `status` follows from it. Made by the
 * named functions below. Anything else that is thrown is reported in full and answered as `internal_error`.
 */
export class ApiError extends Error {
  readonly code: ApiErrorCode
  readonly status: (typeof apiErrors)[ApiErrorCode]
  readonly param: string | null
  readonly details: readonly FieldError[] | null
  readonly headers: Readonly<Record<string, string>>

  constructor(code: ApiErrorCode, options: ApiErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = "ApiError"
    this.code = code
    this.status = apiErrors[code]
    this.param = options.param ?? null
    this.details = options.details ?? null
    this.headers = options.headers ?? {}
  }

  /** The body every failed management call answers. */
  toBody(requestId: string): ApiErrorBody {
    const type = errorType(this.status)
    const shared = { code: this.code, message: this.message, type, param: this.param, request_id: requestId }
    return { error: this.details ? { ...shared, details: this.details } : shared }
  }
}

function errorType(status: number): ApiErrorBody["error"]["type"] {
  if (status === 401) return "authentication_error"
  if (status === 403) return "permission_error"
  return status < 500 ? "invalid_request_error" : "api_error"
}

/** 400 with every bad field listed; `param` names the field when there is one only. */
export function validationFailed(details: readonly FieldError[]): ApiError {
  const [first] = details
  const message =
    details.length === 1 && first
      ? `${first.field || "request"}: ${first.message}`
      : `${details.length} fields are wrong: ${details.map((detail) => detail.field || "request").join(", ")}`
  return new ApiError("validation_failed", {
    message,
    param: details.length === 1 && first ? first.field || null : null,
    details,
  })
}

/** 400 for a body that is not the JSON we accept; `reason` says what and where. */
export const invalidJson = (reason: string): ApiError => new ApiError("invalid_json", { message: reason })

/** 400 for a cursor that we did not sign, or signed for another list. */
export const invalidCursor = (): ApiError =>
  new ApiError("invalid_cursor", {
    message: "This cursor does not belong to this list. Start again without one.",
    param: "cursor",
  })

/** 401; `reason` must not tell whether an account or key exists. */
export const unauthenticated = (reason: string): ApiError =>
  new ApiError("unauthenticated", { message: reason, headers: { "www-authenticate": "Bearer" } })

/** 403 naming the permission that is missing. */
export const permissionDenied = (permission: string, reason?: string): ApiError =>
  new ApiError("permission_denied", {
    message: reason ?? `This needs the permission ${permission}.`,
    param: permission,
  })

/** 403 for a write with a session cookie that may not come from our own pages. */
export const csrfFailed = (reason: string): ApiError => new ApiError("csrf_failed", { message: reason })

/** 404, also for what exists in another organization. `what` is a noun, e.g. `API key`. */
export const notFound = (what: string): ApiError => new ApiError("not_found", { message: `There is no such ${what}.` })

/** 405 with the methods that there are. */
export const methodNotAllowed = (method: string, allowed: readonly string[]): ApiError =>
  new ApiError("method_not_allowed", {
    message: `${method} is not possible here; ${allowed.join(", ")} ${allowed.length === 1 ? "is" : "are"}.`,
    headers: { allow: allowed.join(", ") },
  })

/** 409 for a request that contradicts what is stored. */
export const conflict = (reason: string): ApiError => new ApiError("conflict", { message: reason })

/** 412 for a change that was made to an older state than the one there is. */
export const preconditionFailed = (what: string): ApiError =>
  new ApiError("precondition_failed", {
    message: `This ${what} was changed since it was read. Read it again, and repeat the change if it still makes sense.`,
    param: "if-match",
  })

/** 413; the limit in bytes. */
export const requestTooLarge = (limitBytes: number): ApiError =>
  new ApiError("request_too_large", { message: `The request body may be ${limitBytes} bytes at most.` })

/** 503 while the database cannot be reached. */
export const storeUnavailable = (cause?: unknown): ApiError =>
  new ApiError("store_unavailable", {
    message: "The database cannot be reached. Try again in a moment.",
    headers: { "retry-after": "1" },
    cause,
  })

/** 500 that tells nothing: what happened is in the log, under the request's id. */
export const internalError = (cause?: unknown): ApiError =>
  new ApiError("internal_error", { message: "Something went wrong on our side; it is in the log.", cause })
