import { z } from "zod"
import type { ErrorCategory, ErrorSource } from "../error-codes.ts"
import type { QualityFlag, UsageSource } from "../exchange-record.ts"
import { PageQuery } from "./common.ts"

/**
 * One request as the API shows it. Times are RFC 3339 in UTC, durations milliseconds, money an exact decimal string in
 * USD. Null means "not known" or "does not apply", never zero.
 */
export interface RequestBody {
  readonly id: string
  readonly client_request_id: string | null
  readonly project_id: string
  readonly key_id: string
  readonly key_name: string | null
  readonly environment: string
  readonly trace_id: string | null
  readonly started_at: string
  readonly finished_at: string
  readonly endpoint: string
  readonly operation: string
  /** The HTTP status the client was sent; 499 when it left before one. */
  readonly status: number
  readonly error_code: string | null
  readonly error_category: ErrorCategory | null
  readonly error_source: ErrorSource | null
  readonly provider: string | null
  readonly provider_unknown: boolean
  readonly credential_id: string | null
  readonly credential_source: "stored" | "environment" | "caller" | null
  readonly model_requested: string | null
  readonly model_actual: string | null
  readonly model_response: string | null
  /** The project's own model that the request named; it stays when that model is deleted. */
  readonly custom_model_id: string | null
  readonly rule_id: string | null
  readonly rule_skipped: readonly { readonly rule_id: string; readonly reason: string }[]
  readonly attempts: number
  readonly streaming: boolean
  /** Whether the request offered tools; null when that was not recorded. */
  readonly has_tools: boolean | null
  readonly finish_reason: string | null
  readonly usage: {
    /** Includes cached tokens. */
    readonly input_tokens: number | null
    readonly output_tokens: number | null
    readonly cache_read_tokens: number | null
    readonly cache_write_tokens: number | null
    /** Part of `output_tokens`. */
    readonly reasoning_tokens: number | null
  }
  readonly usage_source: UsageSource
  readonly cost_usd: string | null
  /** Why `cost_usd` is null; null when it is not. */
  readonly cost_unknown_reason: "no_usage" | "no_price" | "no_provider" | null
  readonly price_version: string | null
  readonly latency_ms: number
  readonly gateway_ms: number | null
  readonly time_to_first_byte_ms: number | null
  readonly time_to_first_token_ms: number | null
  readonly inter_token_p50_ms: number | null
  readonly inter_token_p95_ms: number | null
  readonly feature: string | null
  readonly task: string | null
  readonly session_id: string | null
  readonly user_id: string | null
  readonly metadata: Readonly<Record<string, unknown>> | null
  readonly prompt_bytes: number
  readonly prompt_messages: number | null
  readonly completion_bytes: number
  readonly quality: readonly QualityFlag[]
}

/**
 * Filters of `GET requests`. `status` is a status (`429`), a class (`4xx`, `5xx`) or `error` (400 and above).
 * `feature=untagged` finds those without one.
 */
export const RequestsQuery = PageQuery.extend({
  feature: z.string().max(100).optional(),
  model: z.string().max(256).optional(),
  provider: z.string().max(64).optional(),
  status: z
    .string()
    .regex(/^([1-5][0-9][0-9]|[1-5]xx|error)$/, "a status such as 429, a class such as 4xx, or error")
    .optional(),
})
export type RequestsQuery = z.infer<typeof RequestsQuery>
