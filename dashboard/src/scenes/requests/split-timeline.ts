import type { RequestBody } from "@sluice/protocol/api/requests"

export interface TimelinePart {
  readonly name: "gateway" | "waiting" | "answering"
  readonly title: string
  readonly ms: number
  /** Its part of the whole, from 0 to 1. */
  readonly share: number
}

type Times = Pick<RequestBody, "latency_ms" | "gateway_ms" | "time_to_first_byte_ms" | "time_to_first_token_ms">

/**
 * A request's time in the parts that are known, in order; together they are `latency_ms`. What is not known belongs to the part
 * after it, so without any mark the answer is all there is.
 */
export function splitTimeline(times: Times): readonly TimelinePart[] {
  const total = Math.max(0, times.latency_ms)
  const clamp = (ms: number, from: number) => Math.min(total, Math.max(from, ms))
  const called = clamp(times.gateway_ms ?? 0, 0)
  const firstToken = times.time_to_first_token_ms ?? times.time_to_first_byte_ms
  const first = firstToken === null ? called : clamp(firstToken, called)
  const until = times.time_to_first_token_ms === null ? "Until the first byte" : "Until the first token"
  const parts: TimelinePart[] = []
  const add = (name: TimelinePart["name"], title: string, ms: number) =>
    parts.push({ name, title, ms, share: total === 0 ? 0 : ms / total })
  if (times.gateway_ms !== null) add("gateway", "In the gateway", called)
  if (firstToken !== null) add("waiting", until, first - called)
  if (firstToken !== null || times.gateway_ms !== null) add("answering", "Until the end", total - first)
  return parts
}
