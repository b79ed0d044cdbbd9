import type { QualityFlag, UsageRecord } from "@sluice/protocol/exchange-record"
import type { AnswerFacts } from "../../providers/provider.ts"
import type { GatewayContext } from "../context.ts"
import type { UnnumberedRecord } from "../events/record-line.ts"
import type { Exchange, ExchangeFailure } from "../exchange.ts"
import { closeAdmission, settleTokens } from "./limit.ts"

const noUsage: UsageRecord = {
  input: null,
  output: null,
  cache_read: null,
  cache_write_5m: null,
  cache_write_1h: null,
  reasoning: null,
  audio_input: null,
  audio_output: null,
}

/** Opens the record of an exchange whose project is known: from here on, whatever happens to it will be told. */
export function record(exchange: Exchange, context: GatewayContext): void {
  if (exchange.opened) return
  exchange.opened = true
  context.buffer.opened()
}

/** Takes note that the client's side is closed: the time, who ended it, the count, and what it held of its limits, which is free at once. */
export function closeExchange(exchange: Exchange, context: GatewayContext): void {
  exchange.finishedAt = context.clock.now()
  exchange.latencyMs = context.clock.monotonic() - exchange.begun
  exchange.left = hasClientLeft(exchange)
  context.counters.finished(exchange, exchange.latencyMs)
  closeAdmission(exchange, context)
}

/**
 * Makes the record of a closed exchange and offers it to the buffer. Reading usage out of the answer, and counting tokens where
 * the provider said nothing, cost the client no time.
 */
export function finishRecord(exchange: Exchange, context: GatewayContext): void {
  const finish = (): void => {
    try {
      offerRecord(exchange, context)
    } catch (error) {
      // One exchange that nobody foresaw must cost neither the others their records nor everyone the process.
      context.logger.error({ err: error, request: exchange.publicId }, "a record could not be made")
      context.buffer.countUnmade()
    }
  }
  if (exchange.tap) exchange.tap.end(finish)
  else finish()
}

function offerRecord(exchange: Exchange, context: GatewayContext): void {
  const facts = exchange.reader?.facts() ?? null
  const base = toRecord(exchange, facts)
  if (!needsCounting(exchange, facts)) {
    settleTokens(exchange, context, facts?.usage ?? null)
    context.buffer.offer(base)
    return
  }
  context.tokeniser
    .count({
      format: exchange.endpoint.format ?? "openai-chat",
      model: exchange.modelActual ?? "",
      requestBody: exchange.body,
      answerText: facts?.text ?? "",
      textCut: facts?.textCut ?? false,
    })
    .then(
      (count) => {
        const known = facts?.usage ?? noUsage
        const usage: UsageRecord = {
          ...known,
          input: known.input ?? count.input,
          output: known.output ?? count.output,
        }
        settleTokens(exchange, context, usage)
        context.buffer.offer({ ...base, usage, usage_source: count.source })
      },
      () => context.buffer.offer(base),
    )
}

/** Only an answer that carried text, and whose provider did not say how much of it, is worth a count. */
function needsCounting(exchange: Exchange, facts: AnswerFacts | null): boolean {
  if (!facts || (facts.usage && facts.usage.output !== null) || exchange.response.statusCode >= 400) return false
  const { operation } = exchange.endpoint
  return (operation === "chat" || operation === "completions") && facts.text !== ""
}

/** One literal and not the sum of several: putting parts together costs five times what making it whole does. */
function toRecord(exchange: Exchange, facts: AnswerFacts | null): UnnumberedRecord {
  const { endpoint, key, head, tap, left } = exchange
  const failure = left ? clientCancelled : (exchange.failure ?? failureIn(facts))
  const gaps = sortedGaps(exchange)
  return {
    id: exchange.id,
    organization_id: key?.organizationId ?? "",
    project_id: key?.projectId ?? "",
    key_id: key?.id ?? "",
    environment: key?.environment ?? "",
    trace_id: head?.traceId ?? null,
    span_id: head?.spanId ?? null,
    client_request_id: head?.clientRequestId ?? null,
    started_at: exchange.startedAt,
    finished_at: exchange.finishedAt,
    endpoint: endpoint.route,
    protocol: endpoint.protocol,
    operation: endpoint.operation,
    provider: exchange.provider?.name ?? null,
    provider_unknown: exchange.providerUnknown,
    credential_id: exchange.credential?.id ?? null,
    credential_source: exchange.credentialSource,
    model_requested: exchange.modelRequested,
    model_actual: exchange.modelActual,
    custom_model_id: exchange.customModel?.id ?? null,
    model_response: facts?.model?.slice(0, 256) ?? null,
    status: left ? 499 : exchange.response.statusCode,
    error_code: failure?.code?.slice(0, 64) ?? null,
    error_category: failure?.category ?? null,
    error_source: failure?.source ?? null,
    streaming: exchange.streaming || exchange.facts?.stream === true,
    has_tools: exchange.facts?.hasTools ?? null,
    finish_reason: facts?.finishReason?.slice(0, 64) ?? null,
    latency_ms: exchange.latencyMs,
    gateway_ms: sinceBegun(exchange, exchange.calledAt),
    time_to_first_byte_ms: sinceBegun(exchange, exchange.firstByteAt),
    time_to_first_token_ms: sinceBegun(exchange, tap?.firstTokenAt ?? 0),
    inter_token_p50_ms: rank(gaps, 0.5),
    inter_token_p95_ms: rank(gaps, 0.95),
    usage: facts?.usage ?? noUsage,
    usage_source: facts?.usage ? "provider" : "none",
    feature: head?.feature ?? null,
    task: head?.task ?? null,
    session_id: head?.session ?? null,
    user_id: head?.user ?? null,
    metadata: head?.metadata ?? null,
    rule_id: exchange.rule?.id ?? null,
    rule_skipped: exchange.skippedRules.length === 0 ? none : skippedRules(exchange),
    attempts: exchange.attempts,
    prompt_bytes: exchange.requestBytes,
    prompt_messages: exchange.facts?.messages ?? null,
    completion_bytes: exchange.completionBytes,
    quality: quality(exchange, facts),
  }
}

const none: never[] = []

/** Rules that can be told of one exchange. */
const maxSkipped = 32

const skippedRules = (exchange: Exchange): UnnumberedRecord["rule_skipped"] =>
  exchange.skippedRules.slice(0, maxSkipped).map(({ rule, reason }) => ({ rule_id: rule.id, reason }))

const clientCancelled: ExchangeFailure = { code: "client_cancelled", category: "client_cancelled", source: "client" }

/** The client's connection closed before it had the answer, and not because the answer broke off. */
function hasClientLeft({ complete, upstreamCut, failure, response }: Exchange): boolean {
  return !complete && !upstreamCut && (failure === null || !response.headersSent)
}

const failureIn = (facts: AnswerFacts | null): ExchangeFailure | null =>
  facts?.error ? { ...facts.error, source: "provider" } : null

/** Milliseconds from the request's head to a moment; null when the moment did not come. */
const sinceBegun = ({ begun }: Exchange, moment: number): number | null =>
  moment === 0 ? null : Math.max(0, moment - begun)

function sortedGaps({ tap }: Exchange): readonly number[] {
  if (!tap || tap.gaps.length === 0) return none
  return [...tap.gaps].sort((a, b) => a - b)
}

/** The value at rank ⌊1 + q(n − 1)⌋, as everywhere in Sluice; null of nothing. */
function rank(sorted: readonly number[], q: number): number | null {
  return sorted.length === 0 ? null : (sorted[Math.floor(q * (sorted.length - 1))] ?? null)
}

function quality({ head, upstreamCut, tap, reader }: Exchange, facts: AnswerFacts | null): QualityFlag[] {
  const isUnread = tap?.unreadable || (reader !== null && tap === null)
  if (!upstreamCut && !isUnread && !facts?.unreadable && (head?.quality.length ?? 0) === 0) return none
  const flags = [...(head?.quality ?? [])]
  if (upstreamCut) flags.push("upstream_cut")
  if (isUnread) flags.push("answer_unreadable")
  else if (facts?.unreadable) flags.push("usage_unreadable")
  return flags.slice(0, 16)
}
