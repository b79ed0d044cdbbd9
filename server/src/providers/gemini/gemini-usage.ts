import type { AnswerNotes } from "../answer-notes.ts"
import { Counts } from "../counts.ts"
import { isObject, type JsonObject, toObject } from "../json-value.ts"

/**
 * Takes `usageMetadata` (`@google/genai: GenerateContentResponseUsageMetadata`). The prompt includes cached content; the
 * results of tools come on top of it; thoughts come on top of the candidates. Counts of zero are left out by Google's
 * JSON, so a missing candidates count is taken from the total, which is the sum of all four.
 */
export function noteGeminiUsage(value: unknown, notes: AnswerNotes): void {
  if (value === undefined || value === null) return
  if (!isObject(value)) {
    notes.refuseUsage()
    return
  }
  const counts = new Counts()
  const prompt = counts.take(value.promptTokenCount)
  const tools = counts.take(value.toolUsePromptTokenCount)
  const thoughts = counts.take(value.thoughtsTokenCount)
  const usage = counts.toUsage({
    input: prompt === null ? null : counts.sum(prompt, tools),
    output: readOutput(value, counts, { prompt, tools, thoughts }),
    cache_read: counts.take(value.cachedContentTokenCount),
    reasoning: thoughts,
    audio_input: counts.sum(
      readAudio(value.promptTokensDetails, counts),
      readAudio(value.toolUsePromptTokensDetails, counts),
    ),
    audio_output: readAudio(value.candidatesTokensDetails, counts),
  })
  if (usage === null) notes.refuseUsage()
  else if (usage.input !== null || usage.output !== null) notes.setUsage(usage)
}

interface Known {
  readonly prompt: number | null
  readonly tools: number | null
  readonly thoughts: number | null
}

function readOutput(value: JsonObject, counts: Counts, { prompt, tools, thoughts }: Known): number | null {
  const candidates = counts.take(value.candidatesTokenCount)
  const total = counts.take(value.totalTokenCount)
  if (candidates !== null) return counts.sum(candidates, thoughts)
  if (total === null || prompt === null) return null
  const rest = total - prompt - (tools ?? 0)
  if (rest < 0) counts.broken = true
  return rest
}

/** The audio part of a breakdown by modality; null when it names none. */
function readAudio(details: unknown, counts: Counts): number | null {
  if (details === undefined || details === null) return null
  if (!Array.isArray(details)) {
    counts.broken = true
    return null
  }
  let audio: number | null = null
  for (const detail of details) {
    const { modality, tokenCount } = toObject(detail)
    if (modality === "AUDIO") audio = counts.sum(audio, counts.take(tokenCount))
  }
  return audio
}
