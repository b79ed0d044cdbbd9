import { malformed } from "./failure.ts"
import { countOf, type JsonRecord, recordOf } from "./json-reading.ts"
import { countPromptTokens, type Prompt, type Reading, readModel } from "./prompt.ts"
import type { Rendered } from "./rendered.ts"
import type { Script } from "./script.ts"

/** Reads the legacy `POST /v1/completions` (types: `openai/resources/completions`). */
export function readCompletion(body: JsonRecord): Reading {
  const named = readModel(body)
  if ("failure" in named) return named
  if (typeof body.prompt !== "string" && !Array.isArray(body.prompt)) {
    return { failure: malformed("'prompt' must be text or an array", "prompt") }
  }
  return {
    prompt: {
      model: named.model,
      stream: body.stream === true,
      includeUsage: recordOf(body.stream_options).include_usage === true,
      maxTokens: countOf(body.max_tokens) ?? 16,
      inputTokens: countPromptTokens(body.prompt),
      cache: "none",
      calls: [],
      json: null,
      thinking: "none",
    },
  }
}

/** Writes the answer, whole or as chunks ended by `[DONE]`. */
export function renderCompletion(prompt: Prompt, script: Script): Rendered {
  const head = {
    id: `cmpl-${script.id.slice(0, 29)}`,
    object: "text_completion",
    created: script.createdAt,
    model: prompt.model,
  }
  const choice = (text: string, finish: string | null) => ({ text, index: 0, logprobs: null, finish_reason: finish })
  const usage =
    script.usage === null
      ? {}
      : {
          usage: {
            prompt_tokens: script.usage.input,
            completion_tokens: script.usage.output,
            total_tokens: script.usage.input + script.usage.output,
          },
        }
  if (!prompt.stream) {
    const choices = [choice(script.text.join(""), script.finish)]
    return { kind: "plain", body: JSON.stringify({ ...head, choices, ...usage }) }
  }
  const toEvent = (fields: object): string => `data: ${JSON.stringify({ ...head, ...fields })}\n\n`
  const last = toEvent({ choices: [choice("", script.finish)] })
  const events = [...script.text.map((piece) => toEvent({ choices: [choice(piece, null)] })), last]
  if (prompt.includeUsage && script.usage !== null) events.push(toEvent({ choices: [], ...usage }))
  return { kind: "stream", format: "chat", events: [...events, "data: [DONE]\n\n"] }
}
