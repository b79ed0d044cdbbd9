import type { RequestBody } from "@sluice/protocol/api/requests"
import { errorCategories, errorSources } from "@sluice/protocol/error-codes"
import { qualityFlags, usageSources } from "@sluice/protocol/exchange-record"
import { type IdNoun, idPrefixes, toPublicId } from "@sluice/protocol/ids"
import { z } from "zod"
import { trimDecimal } from "../../domains/catalog/index.ts"
import type { Request } from "../../domains/requests/index.ts"
import { idSchema, timeSchema } from "../schemas.ts"

const text = z.string().nullable()
const count = z.number().int().min(0).nullable()
const duration = z.number().min(0).nullable()

/** Money in answers: an exact decimal in USD. */
export const moneySchema = z.string().regex(/^\d+(\.\d*[1-9])?$/)

/** A request in answers. */
export const RequestSchema = z
  .strictObject({
    id: idSchema(idPrefixes.request),
    client_request_id: text,
    project_id: idSchema(idPrefixes.project),
    key_id: idSchema(idPrefixes.apiKey),
    key_name: text,
    environment: z.string(),
    trace_id: text,
    started_at: timeSchema,
    finished_at: timeSchema,
    endpoint: z.string(),
    operation: z.string(),
    status: z.number().int(),
    error_code: text,
    error_category: z.enum(errorCategories).nullable(),
    error_source: z.enum(errorSources).nullable(),
    provider: text,
    provider_unknown: z.boolean(),
    credential_id: idSchema(idPrefixes.credential).nullable(),
    credential_source: z.enum(["stored", "environment", "caller"]).nullable(),
    model_requested: text,
    model_actual: text,
    model_response: text,
    custom_model_id: idSchema(idPrefixes.customModel).nullable(),
    rule_id: idSchema(idPrefixes.routingRule).nullable(),
    rule_skipped: z.array(z.strictObject({ rule_id: idSchema(idPrefixes.routingRule), reason: z.string() })),
    attempts: z.number().int(),
    streaming: z.boolean(),
    has_tools: z.boolean().nullable(),
    finish_reason: text,
    usage: z.strictObject({
      input_tokens: count,
      output_tokens: count,
      cache_read_tokens: count,
      cache_write_tokens: count,
      reasoning_tokens: count,
    }),
    usage_source: z.enum(usageSources),
    cost_usd: moneySchema.nullable(),
    cost_unknown_reason: z.enum(["no_usage", "no_price", "no_provider"]).nullable(),
    price_version: text,
    latency_ms: z.number().min(0),
    gateway_ms: duration,
    time_to_first_byte_ms: duration,
    time_to_first_token_ms: duration,
    inter_token_p50_ms: duration,
    inter_token_p95_ms: duration,
    feature: text,
    task: text,
    session_id: text,
    user_id: text,
    metadata: z.record(z.string(), z.unknown()).nullable(),
    prompt_bytes: z.number().int(),
    prompt_messages: count,
    completion_bytes: z.number().int(),
    quality: z.array(z.enum(qualityFlags)),
  })
  .meta({ id: "Request" })

/** Every field of a request that may leave. */
export const presentRequest = (request: Request): RequestBody => ({
  ...presentOrigin(request),
  ...presentOutcome(request),
  ...presentUsage(request),
  latency_ms: request.latencyMs,
  gateway_ms: request.gatewayMs,
  time_to_first_byte_ms: request.timeToFirstByteMs,
  time_to_first_token_ms: request.timeToFirstTokenMs,
  inter_token_p50_ms: request.interTokenP50Ms,
  inter_token_p95_ms: request.interTokenP95Ms,
  prompt_bytes: request.promptBytes,
  prompt_messages: request.promptMessages,
  completion_bytes: request.completionBytes,
  quality: request.quality,
})

const presentOrigin = (request: Request) => ({
  id: toPublicId("request", request.id),
  client_request_id: request.clientRequestId,
  project_id: toPublicId("project", request.projectId),
  key_id: toPublicId("apiKey", request.keyId),
  key_name: request.keyName,
  environment: request.environment,
  trace_id: request.traceId,
  started_at: request.startedAt.toISOString(),
  finished_at: request.finishedAt.toISOString(),
  endpoint: request.endpoint,
  operation: request.operation,
  streaming: request.streaming,
  has_tools: request.hasTools,
  feature: request.feature,
  task: request.task,
  session_id: request.sessionId,
  user_id: request.userId,
  metadata: request.metadata,
})

const presentOutcome = (request: Request) => ({
  status: request.status,
  error_code: request.errorCode,
  error_category: request.errorCategory,
  error_source: request.errorSource,
  provider: request.provider,
  provider_unknown: request.providerUnknown,
  credential_id: toOptionalId("credential", request.credentialId),
  credential_source: request.credentialSource,
  model_requested: request.modelRequested,
  model_actual: request.modelActual,
  model_response: request.modelResponse,
  custom_model_id: toOptionalId("customModel", request.customModelId),
  rule_id: toOptionalId("routingRule", request.ruleId),
  rule_skipped: request.ruleSkipped.map(({ rule_id, reason }) => ({
    rule_id: toPublicId("routingRule", rule_id),
    reason,
  })),
  attempts: request.attempts,
  finish_reason: request.finishReason,
})

const presentUsage = (request: Request) => ({
  usage: {
    input_tokens: request.inputTokens,
    output_tokens: request.outputTokens,
    cache_read_tokens: request.cacheReadTokens,
    cache_write_tokens: addKnown(request.cacheWrite5mTokens, request.cacheWrite1hTokens),
    reasoning_tokens: request.reasoningTokens,
  },
  usage_source: request.usageSource,
  cost_usd: request.costUsd === null ? null : trimDecimal(request.costUsd),
  cost_unknown_reason: request.costUnknownReason,
  price_version: request.priceVersion,
})

const toOptionalId = (noun: IdNoun, uuid: string | null): string | null =>
  uuid === null ? null : toPublicId(noun, uuid)

/** The sum of what was told; null when neither was. */
const addKnown = (a: number | null, b: number | null): number | null =>
  a === null && b === null ? null : (a ?? 0) + (b ?? 0)
