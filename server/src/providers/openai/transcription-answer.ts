import type { AnswerDialect } from "../answer-dialect.ts"
import type { AnswerNotes } from "../answer-notes.ts"
import { isObject } from "../json-value.ts"
import { noteOpenaiUsage } from "./openai-usage.ts"

/**
 * Transcriptions and translations (`openai/resources/audio/transcriptions: Transcription, TranscriptionTextDoneEvent`). GPT's
 * models tell tokens; Whisper is paid by the second, which is no count of tokens.
 */
export const transcriptionAnswer: AnswerDialect = {
  protocol: "openai",
  outline: { members: ["usage", "error"], list: null },
  readEvent(event, notes) {
    noteUsage(event.usage, notes)
    return event.type === "transcript.text.delta" && notes.addText(event.delta)
  },
  readBody(body, notes) {
    noteUsage(body.usage, notes)
  },
}

function noteUsage(usage: unknown, notes: AnswerNotes): void {
  if (!isObject(usage) || usage.type === "duration") return
  // Here the details are of the `input_token`, elsewhere of the `input_tokens`.
  noteOpenaiUsage({ ...usage, input_tokens_details: usage.input_tokens_details ?? usage.input_token_details }, notes)
}
