import type { AnswerNotes } from "../answer-notes.ts"
import { Counts } from "../counts.ts"
import { isObject, type JsonObject } from "../json-value.ts"

/**
 * Takes the usage block of Chat Completions and Embeddings (`openai/resources/completions: CompletionUsage`) or of
 * Responses (`ResponseUsage`). Cached tokens are inside the input already, reasoning inside the output.
 *
 * What was written to a cache is told without how long it is kept; it counts as the short kind.
 */
export function noteOpenaiUsage(value: unknown, notes: AnswerNotes): void {
  if (value === undefined || value === null) return
  if (!isObject(value)) {
    notes.refuseUsage()
    return
  }
  const counts = new Counts()
  const input = counts.take(value.prompt_tokens ?? value.input_tokens)
  const written = counts.take(value.completion_tokens ?? value.output_tokens)
  const inputs = counts.block(value.prompt_tokens_details ?? value.input_tokens_details)
  const outputs = counts.block(value.completion_tokens_details ?? value.output_tokens_details)
  const reasoning = counts.take(outputs.reasoning_tokens)
  const usage = counts.toUsage({
    input,
    output: withHiddenReasoning(value, counts, { input, written, reasoning }),
    // `prompt_cache_hit_tokens`: DeepSeek.
    cache_read: counts.take(inputs.cached_tokens ?? value.prompt_cache_hit_tokens),
    cache_write_5m: counts.take(inputs.cache_write_tokens),
    reasoning,
    audio_input: counts.take(inputs.audio_tokens),
    audio_output: counts.take(outputs.audio_tokens),
  })
  if (usage === null) notes.refuseUsage()
  else if (usage.input !== null || usage.output !== null) notes.setUsage(usage)
}

/** Some compatible servers (xAI) leave reasoning out of the completion; their total gives it away. */
function withHiddenReasoning(
  value: JsonObject,
  counts: Counts,
  known: { readonly input: number | null; readonly written: number | null; readonly reasoning: number | null },
): number | null {
  const { input, written, reasoning } = known
  const total = counts.take(value.total_tokens)
  if (total === null || input === null || written === null || reasoning === null || reasoning === 0) return written
  return total === input + written + reasoning ? written + reasoning : written
}
