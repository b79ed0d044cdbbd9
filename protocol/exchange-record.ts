import { z } from "zod"
import { errorCategories, errorSources } from "./error-codes.ts"
import { operations, protocols } from "./providers.ts"

/**
 * What the gateway tells control about one finished exchange. Metadata only: no header, no prompt, no answer is ever in
 * it. Times are milliseconds; `*_at` are milliseconds since 1970 (UTC), the others are durations and may be fractional.
 * Null means "not known" or "does not apply", never zero. On the wire a member that is null, false or an empty list is left
 * out, and so is a usage in which nothing is known; whoever reads a record gets it back.
 */
const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
const duration = z.number().min(0).finite()
const text = (max: number) => z.string().max(max)
const uuid = z.string().regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/)
const orNull = <Schema extends z.ZodType>(schema: Schema) => schema.nullable().default(null)

/**
 * Tokens by kind. `input` includes the cached ones; `cache_read`, `cache_write_5m`, `cache_write_1h`, `reasoning` and
 * the audio counts are subsets of `input` or `output`, never to be added to them. A kind the provider said nothing of
 * is null.
 */
export const UsageRecord = z.strictObject({
  input: orNull(count),
  output: orNull(count),
  cache_read: orNull(count),
  cache_write_5m: orNull(count),
  cache_write_1h: orNull(count),
  reasoning: orNull(count),
  audio_input: orNull(count),
  audio_output: orNull(count),
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
  trace_id: orNull(z.string().regex(/^[0-9a-f]{32}$/)),
  span_id: orNull(z.string().regex(/^[0-9a-f]{16}$/)),
  client_request_id: orNull(text(128)),

  started_at: count,
  finished_at: count,
  /** The route as documented, e.g. `/v1/chat/completions`, with `{model}` where a path names one. */
  endpoint: text(100),
  protocol: z.enum(protocols),
  operation: z.enum(operations),
  /** Null when the exchange ended before one was chosen. */
  provider: orNull(text(64)),
  /** True when the model was not in the catalog and the provider was inferred. */
  provider_unknown: z.boolean().default(false),
  credential_id: orNull(uuid),
  /** `stored`, `environment`, or `caller` when the caller's own provider key was passed on. */
  credential_source: orNull(z.enum(["stored", "environment", "caller"])),
  model_requested: orNull(text(256)),
  model_actual: orNull(text(256)),
  model_response: orNull(text(256)),
  /** The project's own model that was called; it has a price of its own. */
  custom_model_id: orNull(uuid),

  /** The HTTP status the client was sent; 499 when it left before one. */
  status: z.number().int().min(100).max(599),
  error_code: orNull(text(64)),
  error_category: orNull(z.enum(errorCategories)),
  error_source: orNull(z.enum(errorSources)),
  streaming: z.boolean().default(false),
  /** Whether the request offered the model tools to call; null when its body was not read. */
  has_tools: orNull(z.boolean()),
  finish_reason: orNull(text(64)),

  latency_ms: duration,
  /** From the request's head to the call upstream. */
  gateway_ms: orNull(duration),
  time_to_first_byte_ms: orNull(duration),
  time_to_first_token_ms: orNull(duration),
  inter_token_p50_ms: orNull(duration),
  inter_token_p95_ms: orNull(duration),

  usage: UsageRecord.prefault({}),
  usage_source: z.enum(usageSources),

  feature: orNull(text(100)),
  task: orNull(text(100)),
  session_id: orNull(text(256)),
  user_id: orNull(text(256)),
  metadata: orNull(z.record(z.string().max(256), z.unknown())),

  rule_id: orNull(uuid),
  rule_skipped: z
    .array(z.strictObject({ rule_id: uuid, reason: text(64) }))
    .max(32)
    .default([]),
  attempts: z.number().int().min(0).max(100),

  prompt_bytes: count,
  prompt_messages: orNull(count),
  completion_bytes: count,
  quality: z.array(z.enum(qualityFlags)).max(16).default([]),
})
export type ExchangeRecord = z.infer<typeof ExchangeRecord>
