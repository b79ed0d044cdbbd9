import { malformed } from "./failure.ts"
import { countOf, isRecord, type JsonRecord, listOf, recordOf, textOf } from "./json-reading.ts"
import { chooseCalls, countPromptTokens, lastOf, type Prompt, type Reading, readModel, type Tool } from "./prompt.ts"
import type { Rendered } from "./rendered.ts"
import type { Script, Usage } from "./script.ts"

/** Reads `POST /v1/chat/completions` (types: `openai/resources/chat/completions`). */
export function readChat(body: JsonRecord): Reading {
  const named = readModel(body)
  if ("failure" in named) return named
  if (!Array.isArray(body.messages) || body.messages.length === 0) {
    return { failure: malformed("'messages' must be an array with at least one message", "messages") }
  }
  const broken = body.messages.findIndex((message) => !isRecord(message) || typeof message.role !== "string")
  if (broken >= 0) {
    return { failure: malformed("every message is an object with a 'role'", `messages[${broken}].role`) }
  }
  if (body.n !== undefined && body.n !== null && body.n !== 1) {
    return { failure: malformed("the simulator answers with one choice: 'n' must be 1", "n") }
  }
  const limit = body.max_completion_tokens ?? body.max_tokens
  if (limit !== undefined && limit !== null && countOf(limit) === null) {
    return { failure: malformed("'max_tokens' must be a non-negative integer", "max_tokens") }
  }
  const format = recordOf(body.response_format)
  const choice = recordOf(body.tool_choice)
  const calls = chooseCalls(
    listOf(body.tools).map(toTool),
    {
      mode: body.tool_choice === "none" ? "none" : body.tool_choice === "required" ? "required" : "auto",
      name: textOf(recordOf(choice.function).name),
    },
    { answersTool: lastOf(body.messages).role === "tool", parallel: body.parallel_tool_calls !== false },
  )
  return {
    prompt: {
      model: named.model,
      stream: body.stream === true,
      includeUsage: recordOf(body.stream_options).include_usage === true,
      maxTokens: countOf(limit),
      inputTokens: countPromptTokens(body.messages, body.tools),
      cache: "automatic",
      calls,
      json:
        format.type === "json_schema"
          ? { schema: recordOf(format.json_schema).schema }
          : format.type === "json_object"
            ? { schema: undefined }
            : null,
      thinking: reasons(named.model) ? "hidden" : "none",
    },
  }
}

/** Models that think without showing it. */
export const reasons = (model: string): boolean => /(^|\/)(o\d|gpt-5)/.test(model)

function toTool(value: unknown): Tool {
  const definition = recordOf(recordOf(value).function)
  return { name: textOf(definition.name) ?? "unnamed", schema: definition.parameters ?? null }
}

/** Writes the answer. `groq` adds what Groq's servers add: `x_groq` and the times inside `usage`. */
export function renderChat(prompt: Prompt, script: Script, dialect: { readonly groq: boolean }): Rendered {
  const usage = script.usage === null ? null : presentUsage(script.usage, dialect.groq)
  if (prompt.stream)
    return { kind: "stream", format: "chat", events: renderEvents(prompt, script, usage, dialect.groq) }
  const message = {
    role: "assistant",
    content: script.calls.length > 0 ? null : script.text.join(""),
    refusal: null,
    annotations: [],
    ...(script.calls.length > 0 ? { tool_calls: script.calls.map((_, index) => presentCall(script, index)) } : {}),
  }
  const body = {
    id: `chatcmpl-${script.id.slice(0, 29)}`,
    object: "chat.completion",
    created: script.createdAt,
    model: prompt.model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: script.finish }],
    ...(usage === null ? {} : { usage }),
    service_tier: "default",
    system_fingerprint: `fp_${script.id.slice(30, 40)}`,
    ...(dialect.groq ? { x_groq: { id: `req_${script.id.slice(0, 26)}` } } : {}),
  }
  return { kind: "plain", body: JSON.stringify(body) }
}

function renderEvents(prompt: Prompt, script: Script, usage: object | null, groq: boolean): readonly string[] {
  const head = JSON.stringify({
    id: `chatcmpl-${script.id.slice(0, 29)}`,
    object: "chat.completion.chunk",
    created: script.createdAt,
    model: prompt.model,
    service_tier: "default",
    system_fingerprint: `fp_${script.id.slice(30, 40)}`,
  }).slice(0, -1)
  const nullUsage = prompt.includeUsage && usage !== null ? `,"usage":null` : ""
  const chunk = (delta: string, finish: string, extra = ""): string =>
    `data: ${head},"choices":[{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${finish}}]${nullUsage}${extra}}\n\n`
  const xGroq = (fields: object): string =>
    groq ? `,"x_groq":${JSON.stringify({ id: `req_${script.id.slice(0, 26)}`, ...fields })}` : ""
  const content = script.calls.length > 0 ? "null" : `""`
  const events = [chunk(`{"role":"assistant","content":${content},"refusal":null}`, "null", xGroq({}))]
  for (const piece of script.text) events.push(chunk(`{"content":${JSON.stringify(piece)}}`, "null"))
  for (const [index, call] of script.calls.entries()) {
    const start = { ...presentCall(script, index), function: { name: call.name, arguments: "" } }
    events.push(chunk(JSON.stringify({ tool_calls: [{ index, ...start }] }), "null"))
    for (const piece of call.argumentPieces) {
      events.push(chunk(JSON.stringify({ tool_calls: [{ index, function: { arguments: piece } }] }), "null"))
    }
  }
  events.push(chunk("{}", JSON.stringify(script.finish), xGroq(usage === null ? {} : { usage })))
  if (prompt.includeUsage && usage !== null) {
    events.push(`data: ${head},"choices":[],"usage":${JSON.stringify(usage)}}\n\n`)
  }
  events.push("data: [DONE]\n\n")
  return events
}

function presentCall(script: Script, index: number) {
  const call = script.calls[index]!
  return {
    id: `call_${script.id.slice(index, index + 24)}`,
    type: "function",
    function: { name: call.name, arguments: call.argumentPieces.join("") },
  }
}

function presentUsage(usage: Usage, groq: boolean): object {
  return {
    ...(groq ? { queue_time: 0.01 } : {}),
    prompt_tokens: usage.input,
    ...(groq ? { prompt_time: 0.02 } : {}),
    completion_tokens: usage.output,
    ...(groq ? { completion_time: 0.1 } : {}),
    total_tokens: usage.input + usage.output,
    ...(groq ? { total_time: 0.12 } : {}),
    prompt_tokens_details: { cached_tokens: usage.cacheRead, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoning,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  }
}
