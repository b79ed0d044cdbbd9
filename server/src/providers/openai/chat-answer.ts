import type { AnswerDialect } from "../answer-dialect.ts"
import type { AnswerNotes } from "../answer-notes.ts"
import { isObject, type JsonObject, toList, toObject, toText } from "../json-value.ts"
import { noteOpenaiUsage } from "./openai-usage.ts"

/**
 * Chat Completions (`openai/resources/chat/completions: ChatCompletion, ChatCompletionChunk`), as OpenAI, Groq and the
 * compatible servers speak it. In a stream the usage comes last, in a chunk without choices, and only when it was asked
 * for; Groq's older streams carry it as `x_groq.usage`.
 */
export const chatAnswer: AnswerDialect = {
  protocol: "openai",
  outline: {
    members: ["model", "usage", "error", "x_groq"],
    list: { name: "choices", members: ["index", "finish_reason"] },
  },
  readEvent(event, notes) {
    noteHead(event, notes)
    let output = false
    for (const choice of toList(event.choices)) {
      if (!isObject(choice)) continue
      noteChoice(choice, notes)
      if (isObject(choice.delta) && noteMessage(choice.delta, notes)) output = true
    }
    return output
  },
  readBody(body, notes) {
    noteHead(body, notes)
    for (const choice of toList(body.choices)) {
      if (!isObject(choice)) continue
      noteChoice(choice, notes)
      if (isObject(choice.message)) noteMessage(choice.message, notes)
    }
  },
}

function noteHead(body: JsonObject, notes: AnswerNotes): void {
  notes.noteModel(body.model)
  if (isObject(body.x_groq)) {
    noteOpenaiUsage(body.x_groq.usage, notes)
    if (toText(body.x_groq.error) !== null) notes.noteError({ category: "provider_5xx", code: null })
  }
  noteOpenaiUsage(body.usage, notes)
}

/** Of several choices the first one's reason stands for the answer. */
function noteChoice(choice: JsonObject, notes: AnswerNotes): void {
  const reason = toText(choice.finish_reason)
  if (reason === null || (notes.finishReason !== null && choice.index !== 0)) return
  notes.noteFinish(reason === "function_call" ? "tool_calls" : reason)
}

/** A message, or the part of one that a chunk adds; true when the model wrote any of it. */
function noteMessage(message: JsonObject, notes: AnswerNotes): boolean {
  // `reasoning_content`: DeepSeek, vLLM, xAI. `reasoning`: Groq, OpenRouter.
  let output = noteContent(message.reasoning_content ?? message.reasoning, notes)
  output = noteContent(message.content, notes) || output
  output = notes.addText(message.refusal) || output
  for (const call of toList(message.tool_calls)) {
    const { function: called, custom } = toObject(call)
    output = noteCall(toObject(called), notes) || output
    output = noteCall(toObject(custom), notes) || output
  }
  output = noteCall(toObject(message.function_call), notes) || output
  const audio = toObject(message.audio)
  output = notes.addText(audio.transcript) || output
  return toText(audio.data) !== null || output
}

/** Text, or (Mistral and others) a list of parts with text; what a part calls `thinking` is such a list again. */
function noteContent(content: unknown, notes: AnswerNotes): boolean {
  if (!Array.isArray(content)) return notes.addText(content)
  let output = false
  for (const part of content) {
    const { text, thinking } = toObject(part)
    if (notes.addText(text)) output = true
    for (const thought of toList(thinking)) if (notes.addText(toObject(thought).text)) output = true
  }
  return output
}

function noteCall(call: JsonObject, notes: AnswerNotes): boolean {
  const written = notes.addText(call.arguments ?? call.input)
  return toText(call.name) !== null || written
}
