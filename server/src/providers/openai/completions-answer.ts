import type { AnswerDialect } from "../answer-dialect.ts"
import type { AnswerNotes } from "../answer-notes.ts"
import { isObject, type JsonObject, toList, toText } from "../json-value.ts"
import { noteOpenaiUsage } from "./openai-usage.ts"

/** Completions (`openai/resources/completions: Completion`): a chunk of a stream has the shape of a whole answer. */
export const completionsAnswer: AnswerDialect = {
  protocol: "openai",
  outline: {
    members: ["model", "usage", "error"],
    list: { name: "choices", members: ["index", "finish_reason"] },
  },
  readEvent: noteAnswer,
  readBody: noteAnswer,
}

function noteAnswer(answer: JsonObject, notes: AnswerNotes): boolean {
  notes.noteModel(answer.model)
  noteOpenaiUsage(answer.usage, notes)
  let output = false
  for (const choice of toList(answer.choices)) {
    if (!isObject(choice)) continue
    if (notes.addText(choice.text)) output = true
    const reason = toText(choice.finish_reason)
    // Of several choices the first one's reason stands for the answer.
    if (reason !== null && (notes.finishReason === null || choice.index === 0)) notes.noteFinish(reason)
  }
  return output
}
