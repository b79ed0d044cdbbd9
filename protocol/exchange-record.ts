import { z } from "zod"
import { errorCategories, errorSources } from "./error-codes.ts"
import { operations, protocols } from "./providers.ts"

/**
 * What the gateway tells control about one finished exchange. Metadata only: no header, no prompt, no answer is ever in
 * it. Times are milliseconds; `*_at` are milliseconds since 1970 (UTC), the others are durations and may be fractional.
 * Null means "not known" or "does not apply", never zero.
 */
const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
const duration = z.number().min(0).finite()
const text = (max: number) => z.string().max(max)
const uuid = z.string().regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/)

/**
 * Tokens by kind. `input` includes the cached ones; `cache_read`, `cache_write_5m`, `cache_write_1h`, `reasoning` and
 * the audio counts are subsets of `input` or `output`, never to be added to them. A kind the provider said nothing of
 * is null.
 */
export const UsageRecord = z.strictObject({
  input: count.nullable(),
  output: count.nullable(),
  cache_read: count.nullable(),
  cache_write_5m: count.nullable(),
  cache_write_1h: count.nullable(),
  reasoning: count.nullable(),
  audio_input: count.nullable(),
  audio_output: count.nullable(),
})
export type UsageRecord = z.infer<typeof UsageRecord>

/**
 * Where the counts come from: the provider said so, a tokeniser of the model's own family counted the text, a tokeniser
 * of another family or a size was used, or there are none.
 */
export const usageSources = ["provider", "measured", "estimated", "none"] as const
export type UsageSource = (typeof usageSources)[number]

/** Facts about the record itself that a reader of its figures should know. */
export const qualityFlags = [
  "feature_truncated",
  "metadata_invalid",
  "metadata_truncated",
  "session_truncated",
  "user_truncated",
  "client_request_id_invalid",
  "upstream_cut",
  "usage_unreadable",
  "answer_unreadable",
  "clock_skew",
] as const
export type QualityFlag = (typeof qualityFlags)[number]

export const ExchangeRecord = z.strictObject({
  /** The request's UUIDv7; the one idempotency key. */
  id: uuid,
  /** Position in its gateway process's numbering, from 1. */
  seq: count,
  epoch: uuid,
  organization_id: uuid,
  project_id: uuid,
  key_id: uuid,
  environment: text(16),
  trace_id: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .nullable(),
  span_id: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .nullable(),
  client_request_id: text(128).nullable(),

  started_at: count,
  finished_at: count,
  /** The route as documented, e.g. `/v1/chat/completions`, with `{model}` where a path names one. */
  endpoint: text(100),
  protocol: z.enum(protocols),
  operation: z.enum(operations),
  /** Null when the exchange ended before one was chosen. */
  provider: text(64).nullable(),
  /** True when the model was not in the catalog and the provider was inferred. */
  provider_unknown: z.boolean(),
  credential_id: uuid.nullable(),
  /** `stored`, `environment`, or `caller` when the caller's own provider key was passed on. */
  credential_source: z.enum(["stored", "environment", "caller"]).nullable(),
  model_requested: text(256).nullable(),
  model_actual: text(256).nullable(),
  model_response: text(256).nullable(),

  /** The HTTP status the client was sent; 499 when it left before one. */
  status: z.number().int().min(100).max(599),
  error_code: text(64).nullable(),
  error_category: z.enum(errorCategories).nullable(),
  error_source: z.enum(errorSources).nullable(),
  streaming: z.boolean(),
  finish_reason: text(64).nullable(),

  latency_ms: duration,
  /** From the request's head to the call upstream. */
  gateway_ms: duration.nullable(),
  time_to_first_byte_ms: duration.nullable(),
  time_to_first_token_ms: duration.nullable(),
  inter_token_p50_ms: duration.nullable(),
  inter_token_p95_ms: duration.nullable(),

  usage: UsageRecord,
  usage_source: z.enum(usageSources),

  feature: text(100).nullable(),
  task: text(100).nullable(),
  session_id: text(256).nullable(),
  user_id: text(256).nullable(),
  metadata: z.record(z.string().max(256), z.unknown()).nullable(),

  rule_id: uuid.nullable(),
  rule_skipped: z.array(z.strictObject({ rule_id: uuid, reason: text(64) })).max(32),
  attempts: z.number().int().min(0).max(100),

  prompt_bytes: count,
  prompt_messages: count.nullable(),
  completion_bytes: count,
  quality: z.array(z.enum(qualityFlags)).max(16),
})
export type ExchangeRecord = z.infer<typeof ExchangeRecord>
