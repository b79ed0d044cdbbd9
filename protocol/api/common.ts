import { z } from "zod"
import type { ApiErrorCode } from "../error-codes.ts"

/** The root of every management route. */
export const apiRoot = "/api/v1"

/** A page of a list. `next_cursor` is opaque and signed; it is null exactly when `has_more` is false. */
export interface Page<Item> {
  readonly data: readonly Item[]
  readonly next_cursor: string | null
  readonly has_more: boolean
}

/** One bad field of a request: its dotted path and what to do about it. */
export interface FieldError {
  readonly field: string
  readonly message: string
}

/** What every failed management call answers. */
export interface ApiErrorBody {
  readonly error: {
    readonly code: ApiErrorCode
    readonly message: string
    readonly type: "invalid_request_error" | "authentication_error" | "permission_error" | "api_error"
    readonly param: string | null
    readonly request_id: string
    readonly details?: readonly FieldError[]
  }
}

/** Page size and position, on every list. */
export const PageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(1024).optional(),
})
export type PageQuery = z.infer<typeof PageQuery>
