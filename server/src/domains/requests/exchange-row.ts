import type { ExchangeRecord } from "@sluice/protocol/exchange-record"
import type { ReckonedCost } from "../catalog/index.ts"

const dayMs = 24 * 60 * 60 * 1000

/** A clock is wrong when it says more than a day ahead of ours, in milliseconds. */
const aheadMs = dayMs

/** Or longer ago than any gateway keeps what it could not deliver, in milliseconds. */
const behindMs = 90 * dayMs

/** Whether a finishing time can be right; when it is not, its row goes to the default partition and is marked. */
export const isPlausibleTime = (finishedAt: number, now: number): boolean =>
  finishedAt <= now + aheadMs && finishedAt >= now - behindMs

/** An exchange as a row of `request_logs`: column names, times as RFC 3339 text. */
export type ExchangeRow = ReturnType<typeof toExchangeRow>

/**
 * The row of an exchange with what it cost. Member by member and not by spreading: an object of sixty members that is put
 * together from others becomes a dictionary, which cost a sixth of control's time and more again to collect.
 * @param now the time of arrival by our clock, in milliseconds since 1970
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: one literal with a member a line, for the reason above
export function toExchangeRow(record: ExchangeRecord, cost: ReckonedCost, now: number) {
  const { usage, quality } = record
  const skewed = !isPlausibleTime(record.finished_at, now) && !quality.includes("clock_skew")
  return {
    id: record.id,
    organization_id: record.organization_id,
    project_id: record.project_id,
    key_id: record.key_id,
    epoch: record.epoch,
    seq: record.seq,
    environment: record.environment,
    trace_id: record.trace_id,
    span_id: record.span_id,
    client_request_id: record.client_request_id,
    started_at: new Date(record.started_at).toISOString(),
    finished_at: new Date(record.finished_at).toISOString(),
    endpoint: record.endpoint,
    protocol: record.protocol,
    operation: record.operation,
    provider: record.provider,
    provider_unknown: record.provider_unknown,
    credential_id: record.credential_id,
    credential_source: record.credential_source,
    model_requested: record.model_requested,
    model_actual: record.model_actual,
    model_response: record.model_response,
    custom_model_id: record.custom_model_id,
    status: record.status,
    error_code: record.error_code,
    error_category: record.error_category,
    error_source: record.error_source,
    streaming: record.streaming,
    has_tools: record.has_tools,
    finish_reason: record.finish_reason,
    latency_ms: record.latency_ms,
    gateway_ms: record.gateway_ms,
    time_to_first_byte_ms: record.time_to_first_byte_ms,
    time_to_first_token_ms: record.time_to_first_token_ms,
    inter_token_p50_ms: record.inter_token_p50_ms,
    inter_token_p95_ms: record.inter_token_p95_ms,
    input_tokens: usage.input,
    output_tokens: usage.output,
    cache_read_tokens: usage.cache_read,
    cache_write_5m_tokens: usage.cache_write_5m,
    cache_write_1h_tokens: usage.cache_write_1h,
    reasoning_tokens: usage.reasoning,
    audio_input_tokens: usage.audio_input,
    audio_output_tokens: usage.audio_output,
    usage_source: record.usage_source,
    cost_usd: cost.costUsd,
    cost_unknown_reason: cost.reason,
    price_version: cost.priceVersion,
    feature: record.feature,
    task: record.task,
    session_id: record.session_id,
    user_id: record.user_id,
    metadata: record.metadata,
    rule_id: record.rule_id,
    rule_skipped: record.rule_skipped,
    attempts: record.attempts,
    prompt_bytes: record.prompt_bytes,
    prompt_messages: record.prompt_messages,
    completion_bytes: record.completion_bytes,
    quality: skewed ? [...quality, "clock_skew" as const] : quality,
  } satisfies Record<Exclude<keyof ExchangeRecord, "usage">, unknown> & Record<string, unknown>
}

/** The columns of a row with their types, in the order in which they are inserted. */
export const exchangeColumns: readonly (readonly [keyof ExchangeRow, string])[] = [
  ["id", "uuid"],
  ["organization_id", "uuid"],
  ["project_id", "uuid"],
  ["key_id", "uuid"],
  ["epoch", "uuid"],
  ["seq", "bigint"],
  ["environment", "text"],
  ["trace_id", "text"],
  ["span_id", "text"],
  ["client_request_id", "text"],
  ["started_at", "timestamptz"],
  ["finished_at", "timestamptz"],
  ["endpoint", "text"],
  ["protocol", "text"],
  ["operation", "text"],
  ["provider", "text"],
  ["provider_unknown", "boolean"],
  ["credential_id", "uuid"],
  ["credential_source", "text"],
  ["model_requested", "text"],
  ["model_actual", "text"],
  ["model_response", "text"],
  ["custom_model_id", "uuid"],
  ["status", "smallint"],
  ["error_code", "text"],
  ["error_category", "text"],
  ["error_source", "text"],
  ["streaming", "boolean"],
  ["has_tools", "boolean"],
  ["finish_reason", "text"],
  ["latency_ms", "float8"],
  ["gateway_ms", "float8"],
  ["time_to_first_byte_ms", "float8"],
  ["time_to_first_token_ms", "float8"],
  ["inter_token_p50_ms", "float8"],
  ["inter_token_p95_ms", "float8"],
  ["input_tokens", "bigint"],
  ["output_tokens", "bigint"],
  ["cache_read_tokens", "bigint"],
  ["cache_write_5m_tokens", "bigint"],
  ["cache_write_1h_tokens", "bigint"],
  ["reasoning_tokens", "bigint"],
  ["audio_input_tokens", "bigint"],
  ["audio_output_tokens", "bigint"],
  ["usage_source", "text"],
  ["cost_usd", "numeric"],
  ["cost_unknown_reason", "text"],
  ["price_version", "text"],
  ["feature", "text"],
  ["task", "text"],
  ["session_id", "text"],
  ["user_id", "text"],
  ["metadata", "jsonb"],
  ["rule_id", "uuid"],
  ["rule_skipped", "jsonb"],
  ["attempts", "integer"],
  ["prompt_bytes", "bigint"],
  ["prompt_messages", "integer"],
  ["completion_bytes", "bigint"],
  ["quality", "text[]"],
]

/** What PostgreSQL's JSON cannot hold, as `JSON.stringify` writes it: NUL, and half of a surrogate pair. */
const unstorable = /\\u(?:0000|d[89a-f][0-9a-f]{2})/i

/** Rows as the one JSON text that is sent; characters that PostgreSQL cannot hold become U+FFFD. */
export function toRowsText(rows: readonly ExchangeRow[]): string {
  const text = JSON.stringify(rows)
  if (!unstorable.test(text)) return text
  return JSON.stringify(rows.map((row) => clean(row)))
}

function clean(value: unknown): unknown {
  if (typeof value === "string") return value.replace(/\0|\p{Surrogate}/gu, "\ufffd")
  if (Array.isArray(value)) return value.map(clean)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, held]) => [clean(key), clean(held)]))
}
