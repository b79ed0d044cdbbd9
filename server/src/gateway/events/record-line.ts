import type { ExchangeRecord, UsageRecord } from "@sluice/protocol/exchange-record"

/** A finished exchange before its process has numbered it. */
export type UnnumberedRecord = Omit<ExchangeRecord, "seq" | "epoch">

/**
 * A record as the one line of JSON that travels and is spooled. Written member by member and not with `JSON.stringify`,
 * which costs three times as much; what is null, false or an empty list is left out, which halves the line and what control
 * has to read. Durations are rounded to the microsecond.
 */
export function toRecordLine(record: UnnumberedRecord, seq: number, epoch: string): string {
  return `{"id":"${record.id}","seq":${seq},"epoch":"${epoch}"${identity(record)}${destination(record)}${outcome(record)}${usage(record.usage)}${labels(record)}${counts(record)}}`
}

/** Ids and words of our own, which hold nothing that JSON escapes. */
function identity(record: UnnumberedRecord): string {
  return (
    `,"organization_id":"${record.organization_id}","project_id":"${record.project_id}","key_id":"${record.key_id}","environment":${quote(record.environment)}` +
    word("trace_id", record.trace_id) +
    word("span_id", record.span_id) +
    text("client_request_id", record.client_request_id) +
    `,"started_at":${record.started_at},"finished_at":${record.finished_at}` +
    `,"endpoint":"${record.endpoint}","protocol":"${record.protocol}","operation":"${record.operation}"`
  )
}

function destination(record: UnnumberedRecord): string {
  return (
    word("provider", record.provider) +
    flag("provider_unknown", record.provider_unknown) +
    word("credential_id", record.credential_id) +
    word("credential_source", record.credential_source) +
    text("model_requested", record.model_requested) +
    text("model_actual", record.model_actual) +
    text("model_response", record.model_response) +
    word("custom_model_id", record.custom_model_id) +
    word("rule_id", record.rule_id) +
    list("rule_skipped", record.rule_skipped)
  )
}

function outcome(record: UnnumberedRecord): string {
  return (
    `,"status":${record.status}` +
    text("error_code", record.error_code) +
    word("error_category", record.error_category) +
    word("error_source", record.error_source) +
    flag("streaming", record.streaming) +
    (record.has_tools === null ? "" : `,"has_tools":${record.has_tools}`) +
    text("finish_reason", record.finish_reason) +
    duration("latency_ms", record.latency_ms) +
    duration("gateway_ms", record.gateway_ms) +
    duration("time_to_first_byte_ms", record.time_to_first_byte_ms) +
    duration("time_to_first_token_ms", record.time_to_first_token_ms) +
    duration("inter_token_p50_ms", record.inter_token_p50_ms) +
    duration("inter_token_p95_ms", record.inter_token_p95_ms) +
    `,"usage_source":"${record.usage_source}"`
  )
}

function usage(counted: UsageRecord): string {
  const members =
    count("input", counted.input) +
    count("output", counted.output) +
    count("cache_read", counted.cache_read) +
    count("cache_write_5m", counted.cache_write_5m) +
    count("cache_write_1h", counted.cache_write_1h) +
    count("reasoning", counted.reasoning) +
    count("audio_input", counted.audio_input) +
    count("audio_output", counted.audio_output)
  return members === "" ? "" : `,"usage":{${members.slice(1)}}`
}

function labels(record: UnnumberedRecord): string {
  return (
    text("feature", record.feature) +
    text("task", record.task) +
    text("session_id", record.session_id) +
    text("user_id", record.user_id) +
    (record.metadata === null ? "" : `,"metadata":${JSON.stringify(record.metadata)}`)
  )
}

function counts(record: UnnumberedRecord): string {
  return (
    `,"attempts":${record.attempts},"prompt_bytes":${record.prompt_bytes}` +
    count("prompt_messages", record.prompt_messages) +
    `,"completion_bytes":${record.completion_bytes}` +
    list("quality", record.quality)
  )
}

const plain = /^[\w.:/-]*$/

/** Most texts hold nothing that JSON escapes; finding that out is cheaper than having them escaped. */
const quote = (value: string): string => (plain.test(value) ? `"${value}"` : JSON.stringify(value))

const text = (name: string, value: string | null): string => (value === null ? "" : `,"${name}":${quote(value)}`)

const word = (name: string, value: string | null): string => (value === null ? "" : `,"${name}":"${value}"`)

const flag = (name: string, value: boolean): string => (value ? `,"${name}":true` : "")

const count = (name: string, value: number | null): string => (value === null ? "" : `,"${name}":${value}`)

const duration = (name: string, value: number | null): string =>
  value === null ? "" : `,"${name}":${Math.round(value * 1000) / 1000}`

const list = (name: string, values: readonly unknown[]): string =>
  values.length === 0 ? "" : `,"${name}":${JSON.stringify(values)}`
