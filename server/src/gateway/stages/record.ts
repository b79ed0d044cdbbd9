import type { ExchangeRecord, UsageRecord, UsageSource } from "@sluice/protocol/exchange-record"
import type { AnswerFacts } from "../../providers/provider.ts"
import type { GatewayContext } from "../context.ts"
import type { Exchange } from "../exchange.ts"

type UnnumberedRecord = Omit<ExchangeRecord, "seq" | "epoch">

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

/**
 * Writes the record once the client's side is closed, and offers it to the buffer. Runs after the last byte was relayed:
 * reading usage out of the answer, and counting tokens where the provider said nothing, cost the client no time.
 */
export function finishRecord(exchange: Exchange, context: GatewayContext): void {
  const finishedAt = context.clock.now()
  const latencyMs = context.clock.monotonic() - exchange.begun
  context.counters.finished(exchange, latencyMs)
  if (!exchange.opened) return
  const finish = (): void => {
    const facts = exchange.reader?.facts() ?? null
    const base = toRecord(exchange, facts, { finishedAt, latencyMs })
    if (!needsCounting(exchange, facts)) {
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
          const usage = { ...known, input: known.input ?? count.input, output: known.output ?? count.output }
          context.buffer.offer({ ...base, usage, usage_source: count.source })
        },
        () => context.buffer.offer(base),
      )
  }
  if (exchange.tap) exchange.tap.end(finish)
  else finish()
}

/** Only an answer that carried text, and whose provider did not say how much of it, is worth a count. */
function needsCounting(exchange: Exchange, facts: AnswerFacts | null): boolean {
  if (!facts || (facts.usage && facts.usage.output !== null) || exchange.response.statusCode >= 400) return false
  return exchange.endpoint.operation === "chat" && facts.text !== ""
}

function toRecord(
  exchange: Exchange,
  facts: AnswerFacts | null,
  times: { readonly finishedAt: number; readonly latencyMs: number },
): UnnumberedRecord {
  const usage = facts?.usage ?? null
  const source: UsageSource = usage ? "provider" : "none"
  return {
    id: exchange.id,
    ...caller(exchange),
    started_at: exchange.startedAt,
    finished_at: times.finishedAt,
    endpoint: exchange.endpoint.route,
    protocol: exchange.endpoint.protocol,
    operation: exchange.endpoint.operation,
    ...destination(exchange, facts),
    ...outcome(exchange, facts),
    latency_ms: times.latencyMs,
    ...phases(exchange),
    usage: usage ?? noUsage,
    usage_source: source,
    rule_id: null,
    rule_skipped: [],
    attempts: exchange.attempts,
    prompt_bytes: exchange.body?.length ?? 0,
    prompt_messages: exchange.facts?.messages ?? null,
    completion_bytes: exchange.completionBytes,
    quality: quality(exchange, facts),
  }
}

function caller(exchange: Exchange) {
  const { head, key } = exchange
  return {
    organization_id: key?.organizationId ?? "",
    project_id: key?.projectId ?? "",
    key_id: key?.id ?? "",
    environment: key?.environment ?? "",
    trace_id: head?.traceId ?? null,
    span_id: head?.spanId ?? null,
    client_request_id: head?.clientRequestId ?? null,
    feature: head?.feature ?? null,
    task: head?.task ?? null,
    session_id: head?.session ?? null,
    user_id: head?.user ?? null,
    metadata: head?.metadata ?? null,
  }
}

function destination(exchange: Exchange, facts: AnswerFacts | null) {
  return {
    provider: exchange.provider?.name ?? null,
    provider_unknown: exchange.providerUnknown,
    credential_id: exchange.credential?.id ?? null,
    credential_source: exchange.credentialSource,
    model_requested: exchange.modelRequested,
    model_actual: exchange.modelActual,
    model_response: facts?.model?.slice(0, 256) ?? null,
  }
}

function outcome(exchange: Exchange, facts: AnswerFacts | null) {
  const { response } = exchange
  const answered = exchange.upstreamCut || (exchange.failure !== null && response.headersSent)
  const left = !exchange.complete && !answered
  const failure = left
    ? ({ code: "client_cancelled", category: "client_cancelled", source: "client" } as const)
    : (exchange.failure ?? (facts?.error ? { ...facts.error, source: "provider" as const } : null))
  return {
    status: left ? 499 : response.statusCode,
    error_code: failure?.code?.slice(0, 64) ?? null,
    error_category: failure?.category ?? null,
    error_source: failure?.source ?? null,
    streaming: exchange.streaming || exchange.facts?.stream === true,
    finish_reason: facts?.finishReason?.slice(0, 64) ?? null,
  }
}

function phases(exchange: Exchange) {
  const since = (moment: number): number | null => (moment === 0 ? null : Math.max(0, moment - exchange.begun))
  const gaps = exchange.tap?.gaps ?? []
  const sorted = gaps.length > 0 ? [...gaps].sort((a, b) => a - b) : gaps
  return {
    gateway_ms: since(exchange.calledAt),
    time_to_first_byte_ms: since(exchange.firstByteAt),
    time_to_first_token_ms: since(exchange.tap?.firstTokenAt ?? 0),
    inter_token_p50_ms: rank(sorted, 0.5),
    inter_token_p95_ms: rank(sorted, 0.95),
  }
}

/** The value at rank ⌊1 + q(n − 1)⌋, as everywhere in Sluice; null of nothing. */
function rank(sorted: readonly number[], q: number): number | null {
  return sorted.length === 0 ? null : (sorted[Math.floor(q * (sorted.length - 1))] ?? null)
}

function quality(exchange: Exchange, facts: AnswerFacts | null): UnnumberedRecord["quality"] {
  const flags = [...(exchange.head?.quality ?? [])]
  if (exchange.upstreamCut) flags.push("upstream_cut")
  if (exchange.tap?.unreadable || (exchange.reader && !exchange.tap)) flags.push("answer_unreadable")
  else if (facts?.unreadable) flags.push("usage_unreadable")
  return flags.slice(0, 16)
}
