import type { Control } from "./control.ts"
import { type Distribution, sample } from "./distribution.ts"
import type { Prompt } from "./prompt.ts"
import type { Random } from "./random.ts"
import { sampleFromSchema } from "./schema-sample.ts"
import { splitEvery, splitWords, writeWords } from "./words.ts"

/** Tokens as a provider would bill them. `cacheRead` and the writes are part of `input`, `reasoning` of `output`. */
export interface Usage {
  readonly input: number
  readonly output: number
  readonly cacheRead: number
  readonly cacheWrite5m: number
  readonly cacheWrite1h: number
  readonly reasoning: number
}

/** A tool call the model makes; `argumentPieces` joined are its arguments in JSON. */
export interface ScriptCall {
  readonly name: string
  readonly argumentPieces: readonly string[]
}

/** What the model says, before it is put in a dialect's words. Joined, the pieces of `text` are its text. */
export interface Script {
  /** Hexadecimal digits from which every id of the answer is made. */
  readonly id: string
  /** Seconds since 1970, derived from the seed as well. */
  readonly createdAt: number
  readonly thought: readonly string[]
  readonly text: readonly string[]
  readonly calls: readonly ScriptCall[]
  readonly finish: "stop" | "length" | "tool_calls"
  /** Null when the answer is to leave it out. */
  readonly usage: Usage | null
}

const tokensPerAnswerMax = 100_000
const epochSeconds = 1_760_000_000

/** Decides what the model says. The same prompt, control and random sequence give the same script. */
export function writeScript(
  prompt: Prompt,
  control: Control,
  options: { readonly random: Random; readonly tokens: Distribution },
): Script {
  const { random } = options
  const id = random.hex(48)
  const createdAt = epochSeconds + random.integer(0, 9_999_999)
  const wanted = Math.min(tokensPerAnswerMax, Math.max(1, Math.round(sample(options.tokens, random))))
  const calls = prompt.calls.map((tool) => ({
    name: tool.name,
    argumentPieces: splitEvery(
      JSON.stringify(sampleFromSchema({ type: "object", ...asSchema(tool.schema) }, random)),
      6,
    ),
  }))
  const thought =
    prompt.thinking === "visible" ? writeWords(Math.max(4, Math.round((control.tokens ?? wanted) / 2)), random) : []
  const full = calls.length > 0 ? [] : writeText(prompt, control, wanted, random)
  const text = prompt.maxTokens === null ? full : full.slice(0, prompt.maxTokens)
  const cut = text.length < full.length
  const finish = calls.length > 0 ? "tool_calls" : cut ? "length" : "stop"
  const written = text.length + calls.reduce((sum, call) => sum + call.argumentPieces.length + 2, 0)
  const reasoning = thought.length > 0 ? thought.length : prompt.thinking === "hidden" ? 8 + Math.round(wanted / 2) : 0
  const output = control.tokens !== null && !cut ? control.tokens + reasoning : written + reasoning
  const usage = control.fault === "missing-usage" ? null : countUsage(prompt, control, { output, reasoning, random })
  return { id, createdAt, thought, text, calls, finish, usage }
}

function writeText(prompt: Prompt, control: Control, wanted: number, random: Random): readonly string[] {
  if (control.text !== null) return splitWords(control.text)
  if (prompt.json === null) return writeWords(control.tokens ?? wanted, random)
  const value =
    prompt.json.schema === undefined
      ? { answer: writeWords(control.tokens ?? wanted, random).join("") }
      : sampleFromSchema(prompt.json.schema, random)
  return splitEvery(JSON.stringify(value), 5)
}

function asSchema(schema: unknown): object {
  return typeof schema === "object" && schema !== null ? schema : {}
}

/** Providers cache prompts from 1,024 tokens on, in steps of 128 (platform.openai.com/docs/guides/prompt-caching). */
function countUsage(
  prompt: Prompt,
  control: Control,
  counted: { readonly output: number; readonly reasoning: number; readonly random: Random },
): Usage {
  const { usage } = control
  const input = usage.input ?? prompt.inputTokens
  const marked = prompt.cache === "5m" || prompt.cache === "1h"
  const prefix = Math.floor((input * 0.8) / 128) * 128
  const reads = counted.random.next() < 0.7
  const automatic = prompt.cache === "automatic" && input >= 1024 && reads ? prefix : 0
  const cacheRead = Math.min(input, usage.cached ?? (marked && reads ? prefix : automatic))
  const written = Math.min(input - cacheRead, usage.cacheWrite ?? (marked && !reads ? prefix : 0))
  const reasoning = usage.reasoning ?? counted.reasoning
  return {
    input,
    output: usage.output ?? counted.output - counted.reasoning + reasoning,
    cacheRead,
    cacheWrite5m: prompt.cache === "1h" ? 0 : written,
    cacheWrite1h: prompt.cache === "1h" ? written : 0,
    reasoning,
  }
}
