import type { UsageRecord } from "@sluice/protocol/exchange-record"
import type { AnswerNotes } from "../answer-notes.ts"
import { Counts } from "../counts.ts"
import { isObject, type JsonObject } from "../json-value.ts"

/**
 * Takes a usage block (`@anthropic-ai/sdk/resources/messages: Usage, MessageDeltaUsage`). Anthropic tells fresh input,
 * cache writes and cache reads apart: the input is their sum. In a stream the counts are cumulative, and what a later
 * block leaves out stands as before. `final` is false for a stream's first block, whose output count is that of its first
 * token only: taken for the answer's, it would be a wrong number whenever the stream is cut.
 */
export function noteAnthropicUsage(
  value: unknown,
  notes: AnswerNotes,
  { final }: { readonly final: boolean } = { final: true },
): void {
  if (value === undefined || value === null) return
  if (!isObject(value)) {
    notes.refuseUsage()
    return
  }
  const before = notes.usage
  const counts = new Counts()
  const fresh = counts.take(value.input_tokens) ?? freshOf(before)
  const read = counts.take(value.cache_read_input_tokens) ?? before?.cache_read ?? null
  const written = readWrites(value, counts, before)
  const output = final ? (counts.take(value.output_tokens) ?? before?.output ?? null) : null
  const details = counts.block(value.output_tokens_details)
  const usage = counts.toUsage({
    input: fresh === null ? null : counts.sum(fresh, read, written.short, written.long),
    output,
    cache_read: read,
    cache_write_5m: written.short,
    cache_write_1h: written.long,
    reasoning: final ? (counts.take(details.thinking_tokens) ?? before?.reasoning ?? null) : null,
  })
  if (usage === null) notes.refuseUsage()
  else if (usage.input !== null || usage.output !== null) notes.setUsage(usage)
}

interface Writes {
  readonly short: number | null
  readonly long: number | null
}

function freshOf(usage: UsageRecord | null): number | null {
  if (usage === null || usage.input === null) return null
  return usage.input - (usage.cache_read ?? 0) - (usage.cache_write_5m ?? 0) - (usage.cache_write_1h ?? 0)
}

/** Cache writes by how long they are kept. What the breakdown does not cover is of the default kind, five minutes. */
function readWrites(value: JsonObject, counts: Counts, before: UsageRecord | null): Writes {
  const total = counts.take(value.cache_creation_input_tokens)
  const breakdown = counts.block(value.cache_creation)
  const short = counts.take(breakdown.ephemeral_5m_input_tokens)
  const long = counts.take(breakdown.ephemeral_1h_input_tokens) ?? before?.cache_write_1h ?? null
  if (total === null) return { short: short ?? before?.cache_write_5m ?? null, long }
  if (long !== null && long > total) counts.broken = true
  return { short: total - (long ?? 0), long }
}
