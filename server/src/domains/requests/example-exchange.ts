import type { DrainBatch, EpochReport } from "@sluice/protocol/drain"
import type { ExchangeRecord, UsageRecord } from "@sluice/protocol/exchange-record"
import { createUuid } from "../../platform/ids.ts"

/** For tests: a usage of which only the totals are told. */
export const exampleUsage: UsageRecord = {
  input: 1000,
  output: 100,
  cache_read: null,
  cache_write_5m: null,
  cache_write_1h: null,
  reasoning: null,
  audio_input: null,
  audio_output: null,
}

/** What an example needs to be told: where it belongs and when it ended (milliseconds since 1970). */
export type ExamplePlace = Pick<ExchangeRecord, "organization_id" | "project_id" | "key_id" | "epoch" | "finished_at">

/** For tests: a chat with gpt-4o that took half a second. */
export function exampleExchange(place: ExamplePlace, values: Partial<ExchangeRecord> = {}): ExchangeRecord {
  return {
    id: createUuid(place.finished_at - 500),
    seq: 1,
    environment: "production",
    trace_id: null,
    span_id: null,
    client_request_id: null,
    started_at: place.finished_at - 500,
    endpoint: "/v1/chat/completions",
    protocol: "openai",
    operation: "chat",
    provider: "openai",
    provider_unknown: false,
    credential_id: null,
    credential_source: "caller",
    model_requested: "gpt-4o",
    model_actual: "gpt-4o",
    model_response: "gpt-4o-2024-08-06",
    custom_model_id: null,
    status: 200,
    error_code: null,
    error_category: null,
    error_source: null,
    streaming: false,
    has_tools: false,
    finish_reason: "stop",
    latency_ms: 500.25,
    gateway_ms: 0.2,
    time_to_first_byte_ms: 100.5,
    time_to_first_token_ms: null,
    inter_token_p50_ms: null,
    inter_token_p95_ms: null,
    usage: exampleUsage,
    usage_source: "provider",
    feature: "search",
    task: null,
    session_id: null,
    user_id: null,
    metadata: null,
    rule_id: null,
    rule_skipped: [],
    attempts: 1,
    prompt_bytes: 5000,
    prompt_messages: 3,
    completion_bytes: 1200,
    quality: [],
    ...place,
    ...values,
  }
}

/** For tests: a batch of a process that has nothing else to tell. */
export function exampleBatch(
  epoch: string,
  records: readonly unknown[],
  report: Partial<EpochReport> = {},
): DrainBatch {
  const { length } = records
  return {
    report: {
      instance: "gateway-0",
      epoch,
      started_at: 1_000,
      opened: length,
      received: length,
      ceiling: length + 1000,
      queued: length,
      spooled: {},
      dropped: {},
      final: false,
      snapshot_version: null,
      ...report,
    },
    records,
  }
}
