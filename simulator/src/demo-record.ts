import type { ErrorCategory } from "@sluice/protocol/error-codes"
import type { ExchangeRecord } from "@sluice/protocol/exchange-record"
import type { ProviderName } from "@sluice/protocol/providers"
import type { DemoAnomaly } from "./demo-anomalies.ts"
import { type DemoFeature, type DemoModel, demoProviders, pickWeighted } from "./demo-features.ts"
import { sample } from "./distribution.ts"
import type { Random } from "./random.ts"

/** Whose the demo's records are. */
export interface DemoOwner {
  readonly organizationId: string
  readonly projectId: string
  readonly keyId: string
  /** The stored credential of each provider; a provider without one gets null. */
  readonly credentialIds?: Readonly<Partial<Record<ProviderName, string>>>
}

interface Circumstances {
  readonly startedAt: number
  readonly feature: DemoFeature
  readonly anomaly: DemoAnomaly | null
  readonly epoch: string
  readonly seq: number
  readonly owner: DemoOwner
  readonly random: Random
}

/** One exchange of the demo's history, as the gateway would have recorded it. */
export function createDemoRecord(given: Circumstances): ExchangeRecord {
  const { feature, anomaly, owner, random, startedAt } = given
  const model = chooseModel(given)
  const outcome = chooseOutcome(anomaly, random)
  const streaming = random.next() < feature.streamingShare
  const tokens = countTokens(given, model, outcome)
  const times = measure({ model, feature, outcome, streaming, random, factor: anomaly?.latencyFactor ?? 1, ...tokens })
  const { protocol } = demoProviders[model.provider]
  const answered = outcome.status === 200
  const person = random.integer(1, 40)
  const conversation = anomaly?.name === "runaway-loop" ? "session-loop" : `session-${random.hex(8)}`
  return {
    id: createId(startedAt, random),
    seq: given.seq,
    epoch: given.epoch,
    organization_id: owner.organizationId,
    project_id: owner.projectId,
    key_id: owner.keyId,
    environment: "development",
    trace_id: random.next() < 0.3 ? random.hex(32) : null,
    span_id: null,
    client_request_id: null,
    started_at: startedAt,
    finished_at: startedAt + Math.ceil(times.latency_ms),
    endpoint: endpointOf(protocol, feature, streaming),
    protocol,
    operation: feature.operation,
    provider: model.provider,
    provider_unknown: false,
    credential_id: owner.credentialIds?.[model.provider] ?? null,
    credential_source: "stored",
    model_requested: model.name,
    model_actual: model.name,
    model_response: answered ? model.name : null,
    status: outcome.status,
    error_code: outcome.code,
    error_category: outcome.category,
    error_source: answered ? null : outcome.status === 499 || outcome.status === 400 ? "client" : "provider",
    streaming,
    has_tools: false,
    finish_reason: answered && feature.operation === "chat" ? (random.next() < 0.04 ? "length" : "stop") : null,
    ...times,
    usage: tokens.usage,
    usage_source: answered ? "provider" : "none",
    feature: feature.name,
    task: feature.task,
    session_id: feature.hasSessions || anomaly?.name === "runaway-loop" ? conversation : null,
    user_id: feature.name === null ? null : `user-${anomaly?.name === "runaway-loop" ? 7 : person}`,
    metadata: { demo: true },
    rule_id: null,
    custom_model_id: null,
    rule_skipped: [],
    attempts: 1,
    prompt_bytes: 160 + tokens.input * 4,
    prompt_messages: feature.operation === "chat" ? random.integer(1, feature.hasSessions ? 12 : 3) : null,
    completion_bytes: answered ? 420 + tokens.output * (streaming ? 190 : 5) : 180,
    quality: [],
  }
}

function chooseModel(given: Circumstances): DemoModel {
  const usual = pickWeighted(given.feature.models, given.random)
  return given.anomaly?.model == null ? usual : { ...usual, name: given.anomaly.model }
}

interface Outcome {
  readonly status: number
  readonly code: string | null
  readonly category: ErrorCategory | null
}

const succeeded: Outcome = { status: 200, code: null, category: null }

/** What goes wrong on an ordinary day, about one request in sixty. */
const ordinaryFailures: readonly (Outcome & { readonly weight: number })[] = [
  { status: 429, code: "rate_limit_exceeded", category: "rate_limit", weight: 5 },
  { status: 500, code: "server_error", category: "provider_5xx", weight: 2 },
  { status: 400, code: "context_length_exceeded", category: "context_length", weight: 2 },
  { status: 400, code: "invalid_request_error", category: "invalid_request", weight: 2 },
  { status: 499, code: null, category: "client_cancelled", weight: 3 },
]

const overloaded: readonly (Outcome & { readonly weight: number })[] = [
  { status: 429, code: "rate_limit_exceeded", category: "rate_limit", weight: 2 },
  { status: 503, code: "service_unavailable", category: "provider_5xx", weight: 3 },
]

function chooseOutcome(anomaly: DemoAnomaly | null, random: Random): Outcome {
  const burst = anomaly !== null && anomaly.errorShare > 0
  if (random.next() >= (burst ? anomaly.errorShare : 1 / 60)) return succeeded
  return pickWeighted(burst ? overloaded : ordinaryFailures, random)
}

function countTokens(given: Circumstances, model: DemoModel, outcome: Outcome) {
  const { feature, anomaly, random } = given
  const draw = (median: number) => Math.max(1, Math.round(sample({ median, p95: median * 3 }, random)))
  const input = draw(feature.inputTokens * (anomaly?.inputFactor ?? 1))
  const isChat = feature.operation === "chat"
  const visible = isChat ? draw(feature.outputTokens) : 0
  const thinks = /gpt-5|2\.5-pro/.test(model.name)
  const reasoning = thinks ? Math.round(visible * 0.8) : 0
  const isCached = feature.cachedShare > 0 && random.next() < 0.7
  const output = visible + reasoning
  const answered = outcome.status === 200
  const usage = {
    input: answered ? input : null,
    output: answered && isChat ? output : null,
    cache_read: answered && isChat ? (isCached ? Math.floor(input * feature.cachedShare) : 0) : null,
    cache_write_5m: null,
    cache_write_1h: null,
    reasoning: answered && isChat && model.provider !== "anthropic" ? reasoning : null,
    audio_input: null,
    audio_output: null,
  }
  return { input, output, usage }
}

function measure(given: {
  readonly model: DemoModel
  readonly feature: DemoFeature
  readonly outcome: Outcome
  readonly streaming: boolean
  readonly random: Random
  readonly factor: number
  readonly output: number
}) {
  const { firstTokenMs, tokenMs } = demoProviders[given.model.provider]
  const { random, factor, streaming } = given
  const round = (ms: number) => Math.round(ms * 1000) / 1000
  const isAnswered = given.outcome.status === 200
  const first = sample({ median: firstTokenMs * factor, p95: firstTokenMs * factor * 2.2 }, random)
  const each = sample({ median: tokenMs * factor, p95: tokenMs * factor * 1.7 }, random)
  const total = isAnswered ? first + each * given.output : first * 0.6
  const gatewayMs = sample({ median: 0.35, p95: 0.9 }, random)
  const hasTokens = isAnswered && streaming
  return {
    latency_ms: round(total + gatewayMs),
    gateway_ms: round(gatewayMs),
    time_to_first_byte_ms: given.outcome.status === 499 ? null : round((streaming ? first * 0.9 : total) + gatewayMs),
    time_to_first_token_ms: hasTokens ? round(first + gatewayMs) : null,
    inter_token_p50_ms: hasTokens ? round(each * 0.9) : null,
    inter_token_p95_ms: hasTokens ? round(each * 2.4) : null,
  }
}

function endpointOf(protocol: string, feature: DemoFeature, streaming: boolean): string {
  if (feature.operation === "embeddings") return "/v1/embeddings"
  if (protocol === "anthropic") return "/v1/messages"
  if (protocol === "openai") return "/v1/chat/completions"
  return `/v1beta/models/{model}:${streaming ? "streamGenerateContent" : "generateContent"}`
}

/** A UUIDv7 (RFC 9562 §5.7) of the record's start, its random bits drawn from the seed. */
function createId(startedAt: number, random: Random): string {
  const time = startedAt.toString(16).padStart(12, "0")
  const hex = random.hex(18)
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex.slice(0, 3)}-8${hex.slice(3, 6)}-${hex.slice(6)}`
}
