import type { AnswerDialect } from "../answer-dialect.ts"
import type { AnswerNotes } from "../answer-notes.ts"
import { isObject, type JsonObject, toList, toObject, toText } from "../json-value.ts"
import { noteAnthropicUsage } from "./anthropic-usage.ts"

/** Messages (`@anthropic-ai/sdk/resources/messages: Message, RawMessageStreamEvent`). */
export const messagesAnswer: AnswerDialect = {
  protocol: "anthropic",
  outline: { members: ["type", "model", "stop_reason", "usage", "error"], list: null },
  readEvent(event, notes) {
    switch (event.type) {
      case "content_block_delta":
        return noteDelta(toObject(event.delta), notes)
      case "content_block_start":
        return noteBlock(toObject(event.content_block), notes, { whole: false })
      case "message_start":
        noteMessage(toObject(event.message), notes, { final: false })
        return false
      case "message_delta":
        noteStop(toObject(event.delta).stop_reason, notes)
        noteAnthropicUsage(event.usage, notes)
        return false
      default:
        return false
    }
  },
  readBody(body, notes) {
    noteMessage(body, notes, { final: true })
    for (const block of toList(body.content)) if (isObject(block)) noteBlock(block, notes, { whole: true })
  },
}

const finishReasons: ReadonlyMap<string, string> = new Map([
  ["end_turn", "stop"],
  ["stop_sequence", "stop"],
  ["max_tokens", "length"],
  ["model_context_window_exceeded", "length"],
  ["tool_use", "tool_calls"],
  ["refusal", "content_filter"],
])

function noteStop(reason: unknown, notes: AnswerNotes): void {
  const word = toText(reason)
  if (word !== null) notes.noteFinish(finishReasons.get(word) ?? word)
}

function noteMessage(message: JsonObject, notes: AnswerNotes, { final }: { readonly final: boolean }): void {
  notes.noteModel(message.model)
  noteStop(message.stop_reason, notes)
  noteAnthropicUsage(message.usage, notes, { final })
}

function noteDelta(delta: JsonObject, notes: AnswerNotes): boolean {
  switch (delta.type) {
    case "text_delta":
      return notes.addText(delta.text)
    case "input_json_delta":
      return notes.addText(delta.partial_json)
    case "thinking_delta":
      return notes.addText(delta.thinking)
    default:
      return false
  }
}

/** A content block: whole in an answer, all but empty where a stream opens it (its tool's name is model output). */
function noteBlock(block: JsonObject, notes: AnswerNotes, { whole }: { readonly whole: boolean }): boolean {
  switch (block.type) {
    case "text":
      return notes.addText(block.text)
    case "thinking":
      return notes.addText(block.thinking)
    case "redacted_thinking":
      return toText(block.data) !== null
    case "tool_use":
    case "server_tool_use":
    case "mcp_tool_use":
      if (whole && isObject(block.input)) notes.addText(JSON.stringify(block.input))
      return toText(block.name) !== null
    default:
      return false
  }
}
