import type { UsageRecord } from "@sluice/protocol/exchange-record"
import type { GatewayContext } from "../context.ts"
import type { Exchange } from "../exchange.ts"

/** Counts the request against its key's limits and its organization's, or refuses it. What is unlimited costs two looks. */
export function limitRequest(exchange: Exchange, context: GatewayContext): void {
  const { key, organization } = exchange
  if (!key || (key.limits === null && !organization?.limits)) return
  exchange.admission = context.limiter.admitRequest(key, organization?.limits ?? null, toSecond(exchange.begun))
}

/** Counts the stream and reserves tokens, now that the body has said what is wanted. */
export function limitAnswer(exchange: Exchange, context: GatewayContext): void {
  const { admission, endpoint, facts, body } = exchange
  if (!admission) return
  const wanted = {
    streams: endpoint.alwaysStreams || facts?.stream === true,
    operation: endpoint.operation,
    promptBytes: body?.length ?? 0,
    maxOutputTokens: facts?.maxOutputTokens ?? null,
  }
  context.limiter.admitAnswer(admission, wanted, toSecond(Math.max(exchange.begun, exchange.bodyReadAt)))
}

/** The client's side is closed: what was open is free again. */
export function closeAdmission(exchange: Exchange, context: GatewayContext): void {
  if (exchange.admission) context.limiter.close(exchange.admission, toSecond(context.clock.monotonic()))
}

/**
 * Puts what was used in the place of what was reserved. Nothing was used when no provider answered, or with an error; when one
 * answered and nobody knows what it counted, the reservation stands.
 */
export function settleTokens(exchange: Exchange, context: GatewayContext, usage: UsageRecord | null): void {
  const { admission } = exchange
  if (!admission || admission.tokensAt < 0) return
  const second = toSecond(context.clock.monotonic())
  const output = usage?.output ?? null
  // A stream that broke off before its count of the output was told has still cost what it wrote.
  const isTold = output !== null || (usage !== null && usage.input !== null && !writes(exchange))
  if (isTold) {
    context.limiter.settle(admission, { total: (usage?.input ?? 0) + (output ?? 0), output }, second)
    return
  }
  const isAnswered = exchange.calledAt > 0 && exchange.response.statusCode < 400
  if (!isAnswered) context.limiter.settle(admission, { total: 0, output: null }, second)
}

const writes = ({ endpoint: { operation } }: Exchange): boolean => operation === "chat" || operation === "completions"

/** Seconds, with their fraction, of a monotonic moment in milliseconds. */
export const toSecond = (monotonicMs: number): number => monotonicMs / 1000
