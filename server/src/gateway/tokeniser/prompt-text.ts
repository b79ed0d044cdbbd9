import { isObject, type JsonObject, toList } from "../../providers/json-value.ts"
import type { AnswerFormat } from "../../providers/provider.ts"

/** The text of a prompt, as its model reads it. */
export interface PromptText {
  /** Contents, roles and names, each counted alone. */
  readonly texts: readonly string[]
  /** Tokens that stand around them. */
  readonly overhead: number
  /** False when there is more to it than text: images, audio, tools, an earlier conversation. */
  readonly exact: boolean
}

/** Around each message, for each name, and before the answer: OpenAI's cookbook, "How to count tokens with tiktoken". */
const perMessage = 3
const perName = 1
const perAnswer = 3

/** Finds the text in a request's body; null when the body is not a JSON object. */
export function readPrompt(format: AnswerFormat, body: string): PromptText | null {
  const request = parse(body)
  if (request === null) return null
  const prompt = new PromptReading()
  if (format === "openai-chat") prompt.chat(request)
  else if (format === "openai-completions") prompt.completions(request)
  else if (format === "openai-responses") prompt.responses(request)
  else if (format.startsWith("anthropic")) prompt.messages(request)
  else prompt.contents(request)
  return { texts: prompt.texts, overhead: prompt.overhead, exact: prompt.exact }
}

function parse(body: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(body)
    return isObject(value) ? value : null
  } catch {
    return null
  }
}

const isGiven = (value: unknown): boolean =>
  value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0)

class PromptReading {
  readonly texts: string[] = []
  overhead = 0
  exact = true

  chat(request: JsonObject): void {
    for (const message of toList(request.messages)) this.#message(message)
    this.overhead += perAnswer
    for (const name of ["tools", "functions"]) if (isGiven(request[name])) this.#inexact(request[name])
    const format = request.response_format
    if (isObject(format) && format.type === "json_schema") this.#inexact(format.json_schema)
    for (const name of ["prediction", "web_search_options", "audio"]) if (isGiven(request[name])) this.exact = false
  }

  /** Texts; numbers are tokens already, which nobody counts. */
  completions(request: JsonObject): void {
    const prompts = Array.isArray(request.prompt) ? request.prompt : [request.prompt]
    for (const text of [...prompts, request.suffix]) {
      if (typeof text === "string") this.texts.push(text)
      else if (isGiven(text)) this.exact = false
    }
  }

  responses(request: JsonObject): void {
    if (typeof request.instructions === "string") this.#message({ role: "system", content: request.instructions })
    if (typeof request.input === "string") this.#message({ role: "user", content: request.input })
    for (const item of toList(request.input)) this.#message(item)
    this.overhead += perAnswer
    if (isGiven(request.tools)) this.#inexact(request.tools)
    if (isObject(request.text) && isObject(request.text.format)) this.#inexact(request.text.format)
    for (const name of ["previous_response_id", "conversation", "prompt"])
      if (isGiven(request[name])) this.exact = false
  }

  messages(request: JsonObject): void {
    this.#content(request.system)
    for (const message of toList(request.messages)) this.#message(message)
    if (isGiven(request.tools)) this.#inexact(request.tools)
  }

  contents(request: JsonObject): void {
    const instruction = request.systemInstruction ?? request.system_instruction
    if (isGiven(instruction)) this.#geminiContent(instruction)
    for (const content of toList(request.contents)) this.#geminiContent(content)
    if (isGiven(request.tools)) this.#inexact(request.tools)
  }

  #message(message: unknown): void {
    if (!isObject(message)) {
      this.exact = false
      return
    }
    this.overhead += perMessage
    const { role, name, content } = message
    if (typeof role === "string") this.texts.push(role)
    if (typeof name === "string") {
      this.texts.push(name)
      this.overhead += perName
    }
    this.#content(content)
    // Calls and their results, reasoning items: what surrounds their text is documented nowhere.
    for (const member of ["tool_calls", "function_call", "arguments", "output", "summary", "refusal"]) {
      if (isGiven(message[member])) this.#inexact(message[member])
    }
    if (isGiven(message.audio) || role === "tool" || role === "function") this.exact = false
    if (typeof role !== "string") this.exact = false
  }

  /** A text, or parts of which some may be more than text. */
  #content(content: unknown): void {
    if (typeof content === "string") this.texts.push(content)
    else if (Array.isArray(content)) for (const part of content) this.#part(part)
    else if (isGiven(content)) this.exact = false
  }

  #part(part: unknown): void {
    if (!isObject(part)) {
      this.exact = false
      return
    }
    if (typeof part.text === "string") this.texts.push(part.text)
    if (!textParts.has(part.type)) {
      this.exact = false
      if (isGiven(part.content)) this.#content(part.content)
      if (isGiven(part.input)) this.#inexact(part.input)
    }
  }

  #geminiContent(content: unknown): void {
    if (typeof content === "string") this.texts.push(content)
    else if (isObject(content)) for (const part of [content.parts].flat()) this.#geminiPart(part)
  }

  #geminiPart(part: unknown): void {
    if (!isObject(part)) return
    if (typeof part.text === "string") this.texts.push(part.text)
    for (const member of ["functionCall", "functionResponse"]) if (isGiven(part[member])) this.#inexact(part[member])
  }

  /** Something that is not told as text but becomes some: its JSON is about as long. */
  #inexact(value: unknown): void {
    this.exact = false
    this.texts.push(typeof value === "string" ? value : JSON.stringify(value))
  }
}

const textParts: ReadonlySet<unknown> = new Set(["text", "input_text", "output_text"])
