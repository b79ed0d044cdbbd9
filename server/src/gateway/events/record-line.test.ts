import { errorCategories, errorSources } from "@sluice/protocol/error-codes"
import { ExchangeRecord, qualityFlags, usageSources } from "@sluice/protocol/exchange-record"
import { operations, protocols } from "@sluice/protocol/providers"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { createUuid } from "../../platform/ids.ts"
import { recordOf } from "../../testing/recorder.ts"
import { toRecordLine } from "./record-line.ts"

const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: null })
const uuid = fc.uuid({ version: 7 })
const count = fc.maxSafeNat()
const text = (maxLength: number) => fc.string({ unit: "grapheme", maxLength: Math.floor(maxLength / 8) })
/** To the microsecond, as a line has them. */
const duration = fc.nat({ max: 600_000_000 }).map((micros) => Math.round(micros) / 1000)
const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: length, maxLength: length })

const anyRecord: fc.Arbitrary<ExchangeRecord> = fc.record({
  id: uuid,
  seq: count,
  epoch: uuid,
  organization_id: uuid,
  project_id: uuid,
  key_id: uuid,
  environment: text(16),
  trace_id: maybe(hex(32)),
  span_id: maybe(hex(16)),
  client_request_id: maybe(text(128)),
  started_at: count,
  finished_at: count,
  endpoint: fc.constantFrom("/v1/chat/completions", "/v1beta/models/{model}:generateContent"),
  protocol: fc.constantFrom(...protocols),
  operation: fc.constantFrom(...operations),
  provider: maybe(fc.constantFrom("openai", "gemini")),
  provider_unknown: fc.boolean(),
  credential_id: maybe(uuid),
  credential_source: maybe(fc.constantFrom("stored" as const, "environment" as const, "caller" as const)),
  model_requested: maybe(text(256)),
  model_actual: maybe(text(256)),
  custom_model_id: maybe(uuid),
  model_response: maybe(text(256)),
  status: fc.integer({ min: 100, max: 599 }),
  error_code: maybe(text(64)),
  error_category: maybe(fc.constantFrom(...errorCategories)),
  error_source: maybe(fc.constantFrom(...errorSources)),
  streaming: fc.boolean(),
  has_tools: maybe(fc.boolean()),
  finish_reason: maybe(text(64)),
  latency_ms: duration,
  gateway_ms: maybe(duration),
  time_to_first_byte_ms: maybe(duration),
  time_to_first_token_ms: maybe(duration),
  inter_token_p50_ms: maybe(duration),
  inter_token_p95_ms: maybe(duration),
  usage: fc.record({
    input: maybe(count),
    output: maybe(count),
    cache_read: maybe(count),
    cache_write_5m: maybe(count),
    cache_write_1h: maybe(count),
    reasoning: maybe(count),
    audio_input: maybe(count),
    audio_output: maybe(count),
  }),
  usage_source: fc.constantFrom(...usageSources),
  feature: maybe(text(100)),
  task: maybe(text(100)),
  session_id: maybe(text(256)),
  user_id: maybe(text(256)),
  metadata: maybe(fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.oneof(text(64), fc.integer(), fc.boolean()))),
  rule_id: maybe(uuid),
  rule_skipped: fc.array(fc.record({ rule_id: uuid, reason: text(64) }), { maxLength: 3 }),
  attempts: fc.integer({ min: 0, max: 100 }),
  prompt_bytes: count,
  prompt_messages: maybe(count),
  completion_bytes: count,
  quality: fc.array(fc.constantFrom(...qualityFlags), { maxLength: 4 }),
})

describe("a record's line", () => {
  it("is read back as the record, whatever it holds", () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        const { seq, epoch, ...unnumbered } = record
        const line = toRecordLine(unnumbered, seq, epoch)
        expect(line).not.toContain("\n")
        // fast-check makes objects without a prototype; JSON does not.
        expect(ExchangeRecord.parse(JSON.parse(line))).toEqual(JSON.parse(JSON.stringify(record)))
      }),
    )
  })

  it("has every member that a record can have", () => {
    const [record] = fc.sample(anyRecord, 1)
    expect(Object.keys(record ?? {}).sort()).toEqual(Object.keys(ExchangeRecord.shape).sort())
  })

  it("leaves out what is not known", () => {
    const line = toRecordLine(recordOf(createUuid(1)), 1, createUuid(2))
    expect(JSON.parse(line)).not.toHaveProperty("session_id")
  })
})
