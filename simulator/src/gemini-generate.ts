import { type Failure, malformed } from "./failure.ts"
import { countOf, isRecord, type JsonRecord, listOf, recordOf, textOf } from "./json-reading.ts"
import { chooseCalls, countPromptTokens, lastOf, type Prompt, type Reading, type Tool } from "./prompt.ts"
import type { Rendered } from "./rendered.ts"
import type { Script, Usage } from "./script.ts"

/** Reads `:generateContent` and `:streamGenerateContent` (ai.google.dev/api/generate-content); the path names the model. */
export function readGenerate(body: JsonRecord, model: string, stream: boolean): Reading {
  const broken = checkContents(body)
  if (broken !== null) return { failure: broken }
  const config = recordOf(body.generationConfig ?? body.generation_config)
  const limit = config.maxOutputTokens ?? config.max_output_tokens
  if (limit !== undefined && countOf(limit) === null) {
    return { failure: malformed("max_output_tokens must be a positive integer", "generation_config.max_output_tokens") }
  }
  const isJson = (config.responseMimeType ?? config.response_mime_type) === "application/json"
  const thinking = recordOf(config.thinkingConfig)
  const thinks = /2\.5|gemini-3/.test(model) && thinking.thinkingBudget !== 0
  const calling = recordOf(recordOf(body.toolConfig ?? body.tool_config).functionCallingConfig)
  const mode = calling.mode === "NONE" ? "none" : calling.mode === "ANY" ? "required" : "auto"
  return {
    prompt: {
      model,
      stream,
      includeUsage: true,
      maxTokens: countOf(limit),
      inputTokens: countContents(body),
      cache: "automatic",
      calls: chooseCalls(
        listOf(body.tools).flatMap(toTools),
        { mode, name: textOf(listOf(calling.allowedFunctionNames)[0]) },
        { answersTool: listOf(lastOf(body.contents).parts).some(isFunctionResponse), parallel: true },
      ),
      json: isJson ? { schema: config.responseJsonSchema ?? config.responseSchema ?? undefined } : null,
      thinking: thinks ? (thinking.includeThoughts === true ? "visible" : "hidden") : "none",
    },
  }
}

/** Reads `:countTokens`, in its short form or with a whole `generateContentRequest`. */
export function readGeminiCount(body: JsonRecord): { readonly tokens: number } | { readonly failure: Failure } {
  const request = isRecord(body.generateContentRequest) ? body.generateContentRequest : body
  const broken = checkContents(request)
  return broken === null ? { tokens: countContents(request) } : { failure: broken }
}

const countContents = (body: JsonRecord): number =>
  countPromptTokens(body.contents, body.systemInstruction ?? body.system_instruction, body.tools)

function checkContents(body: JsonRecord): Failure | null {
  const contents = body.contents
  const message = "* GenerateContentRequest.contents: contents is not specified"
  if (!Array.isArray(contents) || contents.length === 0) return malformed(message, "contents")
  const broken = contents.findIndex((content) => !isRecord(content) || !Array.isArray(content.parts))
  return broken < 0 ? null : malformed(`contents[${broken}].parts must be an array of parts`, "contents")
}

const isFunctionResponse = (part: unknown): boolean =>
  isRecord(part) && ("functionResponse" in part || "function_response" in part)

function toTools(value: unknown): readonly Tool[] {
  const entry = recordOf(value)
  return listOf(entry.functionDeclarations ?? entry.function_declarations)
    .map(recordOf)
    .map((tool) => ({
      name: textOf(tool.name) ?? "unnamed",
      schema: tool.parametersJsonSchema ?? tool.parameters ?? null,
    }))
}

/** Writes the answer: one object, server-sent events (`alt=sse`, CRLF as Google sends them), or a growing JSON array. */
export function renderGenerate(prompt: Prompt, script: Script, options: { readonly sse: boolean }): Rendered {
  const thoughts = script.thought.map((text) => ({ text, thought: true }))
  const calls = script.calls.map((call) => ({
    functionCall: { name: call.name, args: JSON.parse(call.argumentPieces.join("")) },
  }))
  if (!prompt.stream) {
    const text = script.calls.length > 0 ? [] : [{ text: script.text.join("") }]
    const thought = thoughts.length > 0 ? [{ text: script.thought.join(""), thought: true }] : []
    return { kind: "plain", body: toChunk(prompt, script, { parts: [...thought, ...text, ...calls], written: null }) }
  }
  const parts = [...thoughts, ...script.text.map((text) => ({ text })), ...calls]
  const chunks = parts.map((part, index) => {
    const last = index === parts.length - 1
    return toChunk(prompt, script, { parts: [part], written: last ? null : index + 1 - thoughts.length })
  })
  if (chunks.length === 0) chunks.push(toChunk(prompt, script, { parts: [{ text: "" }], written: null }))
  if (options.sse) {
    return { kind: "stream", format: "gemini-sse", events: chunks.map((chunk) => `data: ${chunk}\r\n\r\n`) }
  }
  const events = chunks.map((chunk, index) => `${index === 0 ? "[" : ",\r\n"}${chunk}\n`)
  return { kind: "stream", format: "gemini-json", events: [...events, "]\n"] }
}

/** One object of the answer. `written` is the number of tokens so far; null in the last (or only) one. */
function toChunk(
  prompt: Prompt,
  script: Script,
  state: { readonly parts: readonly object[]; readonly written: number | null },
): string {
  const finish = state.written === null ? { finishReason: script.finish === "length" ? "MAX_TOKENS" : "STOP" } : {}
  return JSON.stringify({
    candidates: [{ content: { parts: state.parts, role: "model" }, ...finish, index: 0 }],
    ...(script.usage === null ? {} : { usageMetadata: presentUsage(script.usage, state.written) }),
    modelVersion: prompt.model,
    responseId: script.id.slice(0, 22),
  })
}

/** `candidatesTokenCount` grows with the stream and leaves thoughts out; `promptTokenCount` includes what was cached. */
function presentUsage(usage: Usage, written: number | null): object {
  const answer = usage.output - usage.reasoning
  const candidates = written === null ? answer : Math.max(0, Math.min(written, answer))
  return {
    promptTokenCount: usage.input,
    candidatesTokenCount: candidates,
    totalTokenCount: usage.input + candidates + usage.reasoning,
    ...(usage.cacheRead > 0 ? { cachedContentTokenCount: usage.cacheRead } : {}),
    promptTokensDetails: [{ modality: "TEXT", tokenCount: usage.input }],
    ...(usage.reasoning > 0 ? { thoughtsTokenCount: usage.reasoning } : {}),
  }
}
