import { malformed } from "./failure.ts"
import { countOf, type JsonRecord, listOf, recordOf, textOf } from "./json-reading.ts"
import { reasons } from "./openai-chat.ts"
import { chooseCalls, countPromptTokens, lastOf, type Prompt, type Reading, readModel } from "./prompt.ts"
import type { Rendered } from "./rendered.ts"
import type { Script, Usage } from "./script.ts"

/** Reads `POST /v1/responses` (types: `openai/resources/responses`). */
export function readResponses(body: JsonRecord): Reading {
  const named = readModel(body)
  if ("failure" in named) return named
  if (typeof body.input !== "string" && !Array.isArray(body.input)) {
    return { failure: malformed("'input' must be text or an array of items", "input") }
  }
  const limit = body.max_output_tokens
  if (limit !== undefined && limit !== null && countOf(limit) === null) {
    return { failure: malformed("'max_output_tokens' must be a non-negative integer", "max_output_tokens") }
  }
  const tools = listOf(body.tools)
    .map(recordOf)
    .filter((tool) => tool.type === "function")
    .map((tool) => ({ name: textOf(tool.name) ?? "unnamed", schema: tool.parameters ?? null }))
  const format = recordOf(recordOf(body.text).format)
  const mode = body.tool_choice === "none" ? "none" : body.tool_choice === "required" ? "required" : "auto"
  return {
    prompt: {
      model: named.model,
      stream: body.stream === true,
      includeUsage: true,
      maxTokens: countOf(limit),
      inputTokens: countPromptTokens(body.input, body.instructions, body.tools),
      cache: "automatic",
      calls: chooseCalls(
        tools,
        { mode, name: textOf(recordOf(body.tool_choice).name) },
        {
          answersTool: lastOf(body.input).type === "function_call_output",
          parallel: body.parallel_tool_calls !== false,
        },
      ),
      json:
        format.type === "json_schema"
          ? { schema: format.schema }
          : format.type === "json_object"
            ? { schema: undefined }
            : null,
      thinking: reasons(named.model) ? "hidden" : "none",
    },
  }
}

/** Writes the answer: the response object, or the full event sequence with its running `sequence_number`. */
export function renderResponses(prompt: Prompt, script: Script, body: JsonRecord): Rendered {
  const items = presentItems(script)
  if (!prompt.stream) {
    return { kind: "plain", body: JSON.stringify(presentResponse(prompt, script, body, { items, done: true })) }
  }
  const events: string[] = []
  const emit = (type: string, fields: object): void => {
    const event = JSON.stringify({ type, sequence_number: events.length, ...fields })
    events.push(`event: ${type}\ndata: ${event}\n\n`)
  }
  const opening = { response: presentResponse(prompt, script, body, { items: [], done: false }) }
  emit("response.created", opening)
  emit("response.in_progress", opening)
  for (const [index, item] of items.entries()) emitItem(emit, script, item, index)
  const response = presentResponse(prompt, script, body, { items, done: true })
  emit(script.finish === "length" ? "response.incomplete" : "response.completed", { response })
  return { kind: "stream", format: "responses", events }
}

type Item = ReturnType<typeof presentItems>[number]
type Emit = (type: string, fields: object) => void

function presentItems(script: Script) {
  const id = script.id
  const reasoning =
    (script.usage?.reasoning ?? 0) > 0 ? [{ id: `rs_${id}`, type: "reasoning" as const, summary: [] }] : []
  const calls = script.calls.map((call, index) => ({
    id: `fc_${id.slice(index, index + 40)}`,
    type: "function_call" as const,
    status: "completed",
    arguments: call.argumentPieces.join(""),
    call_id: `call_${id.slice(index, index + 24)}`,
    name: call.name,
    pieces: call.argumentPieces,
  }))
  if (calls.length > 0) return [...reasoning, ...calls]
  const part = { type: "output_text" as const, annotations: [], logprobs: [], text: script.text.join("") }
  const status = script.finish === "length" ? "incomplete" : "completed"
  return [...reasoning, { id: `msg_${id}`, type: "message" as const, status, content: [part], role: "assistant" }]
}

function presentItem(item: Item): object {
  if (item.type !== "function_call") return item
  const { pieces: _, ...shown } = item
  return shown
}

function emitItem(emit: Emit, script: Script, item: Item, index: number): void {
  const place = { output_index: index }
  if (item.type === "reasoning") {
    emit("response.output_item.added", { ...place, item })
    emit("response.output_item.done", { ...place, item })
    return
  }
  const inside = { item_id: item.id, ...place }
  if (item.type === "function_call") {
    const opened = { ...presentItem(item), status: "in_progress", arguments: "" }
    emit("response.output_item.added", { ...place, item: opened })
    for (const delta of item.pieces) emit("response.function_call_arguments.delta", { ...inside, delta })
    emit("response.function_call_arguments.done", { ...inside, name: item.name, arguments: item.arguments })
    emit("response.output_item.done", { ...place, item: presentItem(item) })
    return
  }
  const part = item.content[0]!
  const content = { ...inside, content_index: 0 }
  emit("response.output_item.added", { ...place, item: { ...item, status: "in_progress", content: [] } })
  emit("response.content_part.added", { ...content, part: { ...part, text: "" } })
  for (const delta of script.text) emit("response.output_text.delta", { ...content, delta, logprobs: [] })
  emit("response.output_text.done", { ...content, text: part.text, logprobs: [] })
  emit("response.content_part.done", { ...content, part })
  emit("response.output_item.done", { ...place, item })
}

function presentResponse(
  prompt: Prompt,
  script: Script,
  body: JsonRecord,
  state: { readonly items: readonly Item[]; readonly done: boolean },
): object {
  const incomplete = state.done && script.finish === "length"
  return {
    id: `resp_${script.id}`,
    object: "response",
    created_at: script.createdAt,
    status: state.done ? (incomplete ? "incomplete" : "completed") : "in_progress",
    background: false,
    ...(state.done ? { completed_at: incomplete ? null : script.createdAt + 1 } : {}),
    error: null,
    incomplete_details: incomplete ? { reason: "max_output_tokens" } : null,
    instructions: textOf(body.instructions),
    max_output_tokens: prompt.maxTokens,
    model: prompt.model,
    output: state.items.map(presentItem),
    parallel_tool_calls: body.parallel_tool_calls !== false,
    previous_response_id: textOf(body.previous_response_id),
    reasoning: { effort: null, summary: null },
    service_tier: "default",
    store: body.store !== false,
    temperature: 1,
    text: body.text ?? { format: { type: "text" } },
    tool_choice: body.tool_choice ?? "auto",
    tools: listOf(body.tools),
    top_p: 1,
    truncation: "disabled",
    usage: state.done && script.usage !== null ? presentUsage(script.usage) : null,
    user: null,
    metadata: recordOf(body.metadata),
  }
}

function presentUsage(usage: Usage): object {
  return {
    input_tokens: usage.input,
    input_tokens_details: { cached_tokens: usage.cacheRead },
    output_tokens: usage.output,
    output_tokens_details: { reasoning_tokens: usage.reasoning },
    total_tokens: usage.input + usage.output,
  }
}
