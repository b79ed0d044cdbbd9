import { type Failure, malformed } from "./failure.ts"
import { countOf, isRecord, type JsonRecord, listOf, recordOf, textOf } from "./json-reading.ts"
import { chooseCalls, countPromptTokens, findCacheTtl, lastOf, type Prompt, type Reading, readModel } from "./prompt.ts"
import type { Rendered } from "./rendered.ts"
import type { Script, Usage } from "./script.ts"

/** Reads `POST /v1/messages` (types: `@anthropic-ai/sdk/resources/messages`). */
export function readMessages(body: JsonRecord): Reading {
  const named = readModel(body)
  if ("failure" in named) return named
  const broken = checkMessages(body)
  if (broken !== null) return { failure: broken }
  const limit = countOf(body.max_tokens)
  if (limit === null || limit < 1) {
    return { failure: malformed("max_tokens: Field required, an integer of at least 1", "max_tokens") }
  }
  const tools = listOf(body.tools)
    .map(recordOf)
    .filter((tool) => isRecord(tool.input_schema))
    .map((tool) => ({ name: textOf(tool.name) ?? "unnamed", schema: tool.input_schema }))
  const choice = recordOf(body.tool_choice)
  const format = recordOf(recordOf(body.output_config).format)
  const thinking = recordOf(body.thinking)
  return {
    prompt: {
      model: named.model,
      stream: body.stream === true,
      includeUsage: true,
      maxTokens: limit,
      inputTokens: countMessages(body),
      cache: findCacheTtl(body) ?? "none",
      calls: chooseCalls(
        tools,
        {
          mode: choice.type === "none" ? "none" : choice.type === "any" ? "required" : "auto",
          name: choice.type === "tool" ? textOf(choice.name) : null,
        },
        { answersTool: answersTool(body.messages), parallel: choice.disable_parallel_tool_use !== true },
      ),
      json: format.type === "json_schema" ? { schema: format.schema } : null,
      thinking: thinking.type === "enabled" || thinking.type === "adaptive" ? "visible" : "none",
    },
  }
}

/** Reads `POST /v1/messages/count_tokens`: the number, or why there is none. */
export function readMessagesCount(body: JsonRecord): { readonly tokens: number } | { readonly failure: Failure } {
  const named = readModel(body)
  if ("failure" in named) return named
  const broken = checkMessages(body)
  return broken === null ? { tokens: countMessages(body) } : { failure: broken }
}

const countMessages = (body: JsonRecord): number => countPromptTokens(body.messages, body.system, body.tools)

function checkMessages(body: JsonRecord): Failure | null {
  if (!Array.isArray(body.messages) || body.messages.length === 0) {
    return malformed("messages: at least one message is required", "messages")
  }
  const broken = body.messages.findIndex(
    (message) => !isRecord(message) || (message.role !== "user" && message.role !== "assistant"),
  )
  return broken < 0 ? null : malformed(`messages.${broken}.role: Input should be 'user' or 'assistant'`, "messages")
}

const answersTool = (messages: unknown): boolean =>
  listOf(lastOf(messages).content).some((part) => recordOf(part).type === "tool_result")

/** Writes the answer: the message, or its event sequence from `message_start` to `message_stop`, with one `ping`. */
export function renderMessages(prompt: Prompt, script: Script): Rendered {
  const blocks = presentBlocks(script)
  const reasons = { stop: "end_turn", length: "max_tokens", tool_calls: "tool_use" } as const
  const stop = { stop_reason: reasons[script.finish], stop_sequence: null }
  const message = {
    id: `msg_${script.id.slice(0, 24)}`,
    type: "message",
    role: "assistant",
    model: prompt.model,
  }
  if (!prompt.stream) {
    const body = {
      ...message,
      content: blocks.map((block) => block.whole),
      ...stop,
      ...(script.usage === null ? {} : { usage: presentUsage(script.usage) }),
    }
    return { kind: "plain", body: JSON.stringify(body) }
  }
  const opening = script.usage === null ? {} : { usage: presentUsage({ ...script.usage, output: 1, reasoning: 0 }) }
  const start = { ...message, content: [], stop_reason: null, stop_sequence: null, ...opening }
  const events = [toEvent("message_start", { message: start })]
  for (const [index, block] of blocks.entries()) {
    events.push(toEvent("content_block_start", { index, content_block: block.opened }))
    if (index === 0) events.push(toEvent("ping", {}))
    for (const delta of block.deltas) events.push(toEvent("content_block_delta", { index, delta }))
    events.push(toEvent("content_block_stop", { index }))
  }
  const closing = script.usage === null ? {} : { usage: presentClosingUsage(script.usage) }
  events.push(toEvent("message_delta", { delta: stop, ...closing }), toEvent("message_stop", {}))
  return { kind: "stream", format: "anthropic", events }
}

const toEvent = (type: string, fields: object): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`

interface Block {
  readonly whole: object
  readonly opened: object
  readonly deltas: readonly object[]
}

function presentBlocks(script: Script): readonly Block[] {
  const blocks: Block[] = []
  if (script.thought.length > 0) {
    const signature = Buffer.from(script.id.repeat(3)).toString("base64")
    blocks.push({
      whole: { type: "thinking", thinking: script.thought.join(""), signature },
      opened: { type: "thinking", thinking: "", signature: "" },
      deltas: [
        ...script.thought.map((thinking) => ({ type: "thinking_delta", thinking })),
        { type: "signature_delta", signature },
      ],
    })
  }
  for (const [index, call] of script.calls.entries()) {
    const identity = { type: "tool_use", id: `toolu_${script.id.slice(index, index + 24)}`, name: call.name }
    blocks.push({
      whole: { ...identity, input: JSON.parse(call.argumentPieces.join("")) },
      opened: { ...identity, input: {} },
      deltas: ["", ...call.argumentPieces].map((piece) => ({ type: "input_json_delta", partial_json: piece })),
    })
  }
  if (script.calls.length > 0) return blocks
  blocks.push({
    whole: { type: "text", text: script.text.join("") },
    opened: { type: "text", text: "" },
    deltas: script.text.map((text) => ({ type: "text_delta", text })),
  })
  return blocks
}

/** Anthropic counts fresh input apart from what was read from or written to a cache. */
function presentInput(usage: Usage) {
  return {
    input_tokens: usage.input - usage.cacheRead - usage.cacheWrite5m - usage.cacheWrite1h,
    cache_creation_input_tokens: usage.cacheWrite5m + usage.cacheWrite1h,
    cache_read_input_tokens: usage.cacheRead,
  }
}

function presentUsage(usage: Usage): object {
  return {
    ...presentInput(usage),
    cache_creation: {
      ephemeral_5m_input_tokens: usage.cacheWrite5m,
      ephemeral_1h_input_tokens: usage.cacheWrite1h,
    },
    output_tokens: usage.output,
    ...(usage.reasoning > 0 ? { output_tokens_details: { thinking_tokens: usage.reasoning } } : {}),
    service_tier: "standard",
  }
}

function presentClosingUsage(usage: Usage): object {
  return {
    ...presentInput(usage),
    output_tokens: usage.output,
    ...(usage.reasoning > 0 ? { output_tokens_details: { thinking_tokens: usage.reasoning } } : {}),
  }
}
