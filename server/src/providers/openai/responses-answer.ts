import type { AnswerDialect } from "../answer-dialect.ts"
import type { AnswerNotes } from "../answer-notes.ts"
import { classifyErrorValue } from "../classify-error.ts"
import { isObject, type JsonObject, toList, toObject, toText } from "../json-value.ts"
import { noteOpenaiUsage } from "./openai-usage.ts"

/**
 * Responses (`openai/resources/responses: Response, ResponseStreamEvent`). A stream ends with the whole response, usage
 * included, in `response.completed`, `response.incomplete` or `response.failed`; a broken one with an `error` event.
 */
export const responsesAnswer: AnswerDialect = {
  protocol: "openai",
  outline: {
    members: ["model", "usage", "error", "status", "incomplete_details"],
    list: { name: "output", members: ["type"] },
  },
  readEvent(event, notes) {
    const type = toText(event.type) ?? ""
    if (isObject(event.response)) {
      noteResponse(event.response, notes)
      return false
    }
    if (type === "error") {
      notes.noteError(classifyErrorValue("openai", null, event))
      return false
    }
    if (textDeltas.has(type)) return notes.addText(event.delta)
    if (type === "response.output_item.added") return callTypes.has(toText(toObject(event.item).type) ?? "")
    return otherOutput.has(type)
  },
  readBody(body, notes) {
    noteResponse(body, notes)
    for (const item of toList(body.output)) if (isObject(item)) noteItem(item, notes)
  },
}

const textDeltas: ReadonlySet<string> = new Set([
  "response.output_text.delta",
  "response.refusal.delta",
  "response.function_call_arguments.delta",
  "response.custom_tool_call_input.delta",
  "response.mcp_call_arguments.delta",
  "response.code_interpreter_call_code.delta",
  "response.reasoning_text.delta",
  "response.reasoning_summary_text.delta",
  "response.audio.transcript.delta",
])

const otherOutput: ReadonlySet<string> = new Set([
  "response.audio.delta",
  "response.image_generation_call.partial_image",
])

/** Items that the client has to answer. */
const callTypes: ReadonlySet<string> = new Set(["function_call", "custom_tool_call"])

function noteResponse(response: JsonObject, notes: AnswerNotes): void {
  notes.noteModel(response.model)
  if (isObject(response.error)) notes.noteError(classifyErrorValue("openai", null, response))
  notes.noteFinish(finishReason(response))
  noteOpenaiUsage(response.usage, notes)
}

function finishReason(response: JsonObject): string | null {
  const status = toText(response.status)
  if (status === "completed") {
    const called = toList(response.output).some((item) => callTypes.has(toText(toObject(item).type) ?? ""))
    return called ? "tool_calls" : "stop"
  }
  if (status === "incomplete") {
    const reason = toText(toObject(response.incomplete_details).reason)
    return reason === "max_output_tokens" ? "length" : (reason ?? status)
  }
  return status === "failed" || status === "cancelled" ? status : null
}

/** The text of one output item: message content, call arguments, reasoning summaries. */
function noteItem(item: JsonObject, notes: AnswerNotes): void {
  for (const part of [...toList(item.summary), ...toList(item.content)]) {
    const { text, refusal } = toObject(part)
    notes.addText(text)
    notes.addText(refusal)
  }
  notes.addText(item.arguments)
  if (item.type === "custom_tool_call") notes.addText(item.input)
  if (item.type === "code_interpreter_call") notes.addText(item.code)
}
