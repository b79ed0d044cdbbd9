import { type Failure, malformed } from "./failure.ts"
import { isRecord, type JsonRecord, listOf, recordOf, textOf } from "./json-reading.ts"

/** A function the model may call. */
export interface Tool {
  readonly name: string
  /** Its JSON schema (Gemini's upper-case types included); null when it takes nothing. */
  readonly schema: unknown
}

/** What a request asks, freed of its dialect. */
export interface Prompt {
  readonly model: string
  readonly stream: boolean
  /** The stream's last event carries usage. */
  readonly includeUsage: boolean
  readonly maxTokens: number | null
  /** Everything the model reads, cached parts included. */
  readonly inputTokens: number
  /** How the caller marked its cache: not at all, or for 5 minutes, or for an hour; `automatic` is the provider's own. */
  readonly cache: "none" | "automatic" | "5m" | "1h"
  /** Tools to call in this answer; empty when the answer is text. */
  readonly calls: readonly Tool[]
  /** Present when the answer must be JSON; `schema` undefined means any object. */
  readonly json: { readonly schema: unknown } | null
  readonly thinking: "none" | "hidden" | "visible"
}

/** A reader's answer: what is asked, or why it cannot be. */
export type Reading = { readonly prompt: Prompt } | { readonly failure: Failure }

const imageTokens = 258
const charactersPerToken = 4

/**
 * The size of a prompt by a stated rule: a quarter of a token a character, 258 an image, 3 a message. Deterministic and
 * close enough for figures; no tokeniser is involved.
 */
export function countPromptTokens(...parts: readonly unknown[]): number {
  let tokens = 0
  for (const part of parts) tokens += countValue(part)
  return Math.max(1, Math.ceil(tokens))
}

function countValue(value: unknown): number {
  if (typeof value === "string") return value.length / charactersPerToken
  if (Array.isArray(value)) {
    let sum = 0
    for (const element of value) sum += countValue(element)
    return sum
  }
  if (!isRecord(value)) return 0
  if (isImage(value)) return imageTokens
  let sum = "role" in value ? 3 : 0
  for (const key in value) {
    if (key !== "role" && key !== "type") sum += countValue(value[key])
  }
  return sum
}

function isImage(value: JsonRecord): boolean {
  return (
    "image_url" in value ||
    "inlineData" in value ||
    "inline_data" in value ||
    "fileData" in value ||
    value.type === "image" ||
    value.type === "input_image"
  )
}

/** What a model of this name can read and write at most, in tokens. */
export function contextWindow(model: string): number {
  if (model.includes("gemini")) return 1_048_576
  return model.includes("claude") ? 200_000 : 128_000
}

/** The model's name, or why there is none that can answer. */
export function readModel(body: JsonRecord): { readonly model: string } | { readonly failure: Failure } {
  const model = textOf(body.model)
  if (model === null || model === "") return { failure: malformed("you must provide a model parameter", "model") }
  return { model }
}

/** Which of the offered tools this answer calls: the named one, else the first two (one where parallel calls are off). */
export function chooseCalls(
  tools: readonly Tool[],
  choice: { readonly mode: "none" | "auto" | "required"; readonly name: string | null },
  options: { readonly answersTool: boolean; readonly parallel: boolean },
): readonly Tool[] {
  if (choice.mode === "none" || tools.length === 0) return []
  if (choice.name !== null) return tools.filter((tool) => tool.name === choice.name).slice(0, 1)
  if (options.answersTool && choice.mode === "auto") return []
  return tools.slice(0, options.parallel ? 2 : 1)
}

/** True when any object inside has the key; used for `cache_control`. Answers its `ttl`, or "5m". */
export function findCacheTtl(value: unknown): "5m" | "1h" | null {
  for (const element of Array.isArray(value) ? value : isRecord(value) ? Object.values(value) : []) {
    const found = findCacheTtl(element)
    if (found !== null) return found
  }
  if (!isRecord(value) || !isRecord(value.cache_control)) return null
  return value.cache_control.ttl === "1h" ? "1h" : "5m"
}

/** The last element of a list as a record. */
export const lastOf = (list: unknown): JsonRecord => recordOf(listOf(list).at(-1))
