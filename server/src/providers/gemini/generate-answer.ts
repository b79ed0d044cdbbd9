import type { AnswerDialect } from "../answer-dialect.ts"
import type { AnswerNotes } from "../answer-notes.ts"
import { isObject, type JsonObject, toList, toObject, toText } from "../json-value.ts"
import { noteGeminiUsage } from "./gemini-usage.ts"

/**
 * `generateContent` and `streamGenerateContent` (`@google/genai: GenerateContentResponse`): an event of a stream has the
 * shape of a whole answer, with counts as they stand by then.
 */
export const generateAnswer: AnswerDialect = {
  protocol: "gemini",
  outline: {
    members: ["modelVersion", "usageMetadata", "promptFeedback", "error"],
    list: { name: "candidates", members: ["index", "finishReason"] },
  },
  readEvent: noteAnswer,
  readBody: noteAnswer,
}

const finishReasons: ReadonlyMap<string, string> = new Map([
  ["STOP", "stop"],
  ["MAX_TOKENS", "length"],
  ["SAFETY", "content_filter"],
  ["RECITATION", "content_filter"],
  ["BLOCKLIST", "content_filter"],
  ["PROHIBITED_CONTENT", "content_filter"],
  ["SPII", "content_filter"],
  ["IMAGE_SAFETY", "content_filter"],
  ["IMAGE_PROHIBITED_CONTENT", "content_filter"],
  ["IMAGE_RECITATION", "content_filter"],
])

function noteAnswer(answer: JsonObject, notes: AnswerNotes): boolean {
  notes.noteModel(answer.modelVersion)
  let output = false
  for (const candidate of toList(answer.candidates)) {
    if (!isObject(candidate)) continue
    for (const part of toList(toObject(candidate.content).parts)) {
      if (isObject(part) && notePart(part, notes)) output = true
    }
    noteFinish(candidate, notes)
  }
  // A prompt that was blocked has no candidates.
  const blocked = toText(toObject(answer.promptFeedback).blockReason)
  if (blocked !== null && blocked !== "BLOCKED_REASON_UNSPECIFIED") notes.noteFinish("content_filter")
  noteGeminiUsage(answer.usageMetadata, notes)
  return output
}

function notePart(part: JsonObject, notes: AnswerNotes): boolean {
  const { functionCall, executableCode, inlineData } = part
  if (isObject(functionCall)) {
    notes.toolCalled = true
    if (isObject(functionCall.args)) notes.addText(JSON.stringify(functionCall.args))
    return true
  }
  if (isObject(executableCode)) return notes.addText(executableCode.code)
  return notes.addText(part.text) || isObject(inlineData)
}

/** Gemini says STOP when it calls a function. Of several candidates the first one's reason stands for the answer. */
function noteFinish(candidate: JsonObject, notes: AnswerNotes): void {
  const reason = toText(candidate.finishReason)
  if (reason === null || reason === "FINISH_REASON_UNSPECIFIED") return
  const first = candidate.index === undefined || candidate.index === 0
  if (notes.finishReason !== null && !first) return
  const word = finishReasons.get(reason) ?? reason
  notes.noteFinish(word === "stop" && notes.toolCalled ? "tool_calls" : word)
}
