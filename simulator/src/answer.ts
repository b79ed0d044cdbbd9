import { readMessages, readMessagesCount, renderMessages } from "./anthropic-messages.ts"
import type { Control } from "./control.ts"
import type { Distribution } from "./distribution.ts"
import { answerGeminiEmbeddings, answerOpenAiEmbeddings } from "./embeddings.ts"
import { type Failure, failureForStatus, malformed, renderFailure } from "./failure.ts"
import { readGeminiCount, readGenerate, renderGenerate } from "./gemini-generate.ts"
import { isRecord, type JsonRecord, textOf } from "./json-reading.ts"
import { renderAnthropicModels, renderGeminiModels, renderOpenAiModels } from "./model-lists.ts"
import { readChat, renderChat } from "./openai-chat.ts"
import { readCompletion, renderCompletion } from "./openai-completions.ts"
import { answerPassthrough } from "./openai-passthrough.ts"
import { readResponses, renderResponses } from "./openai-responses.ts"
import { contextWindow, type Prompt, type Reading } from "./prompt.ts"
import type { Random } from "./random.ts"
import type { Rendered } from "./rendered.ts"
import type { Route } from "./routes.ts"
import { type Script, writeScript } from "./script.ts"

/** A request as far as the answer depends on it. */
export interface Question {
  readonly route: Route
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly control: Control
  /** What the key check found; null when the key is good. */
  readonly keyFailure: Failure | null
  readonly anthropicVersion: boolean
  readonly body: Buffer
  readonly contentType: string
  /** Of the whole body; of a large upload `body` is the beginning. */
  readonly bodyBytes: number
}

/** What the answer's figures are drawn from. */
export interface Source {
  readonly seed: string
  readonly random: Random
  readonly tokens: Distribution
  /** Milliseconds since 1970, for the headers that name an instant. */
  readonly now: number
}

/** A whole answer before faults touch its delivery. `headers` are lower-case name and value in turn. */
export interface Answer {
  readonly status: number
  readonly headers: readonly string[]
  readonly rendered: Rendered
}

/** Answers a request to a provider's route. Every refusal is an answer too, in the provider's own shape. */
export function answer(question: Question, source: Source): Answer {
  const requestId = `req_${source.random.hex(24)}`
  const { control, route } = question
  const headers = [route.protocol === "anthropic" ? "request-id" : "x-request-id", requestId]
  for (const [name, value] of Object.entries(control.headers)) headers.push(name, value)
  if (control.fault === "redirect") {
    return { status: 307, headers: [...headers, "location", control.location], rendered: { kind: "plain", body: "" } }
  }
  const found = control.status === null ? respond(question, source) : { failure: failureForStatus(control.status) }
  if (!("failure" in found)) return { status: 200, headers, rendered: found }
  const { failure } = found
  if (failure.status === 429 || hasRetryAfter(control)) headers.push(...rateLimitHeaders(question, source.now))
  const body = renderFailure(route.protocol, failure, requestId)
  return { status: failure.status, headers, rendered: { kind: "plain", body } }
}

const hasRetryAfter = (control: Control): boolean =>
  control.retryAfterSeconds !== null || control.retryAfterDateSeconds !== null || control.retryAfterMs !== null

/** The ways providers say when to come back, with their own exhausted-limit headers. */
function rateLimitHeaders(question: Question, now: number): readonly string[] {
  const { control, route } = question
  const seconds = control.retryAfterSeconds ?? control.retryAfterDateSeconds ?? 1
  const headers: string[] = []
  if (control.retryAfterMs !== null) headers.push("retry-after-ms", String(control.retryAfterMs))
  if (control.retryAfterDateSeconds !== null) {
    headers.push("retry-after", new Date(now + control.retryAfterDateSeconds * 1000).toUTCString())
  } else if (control.retryAfterSeconds !== null || control.retryAfterMs === null) {
    headers.push("retry-after", String(seconds))
  }
  const limits: Readonly<Record<string, string>> =
    route.protocol === "openai"
      ? {
          "x-ratelimit-limit-requests": "500",
          "x-ratelimit-remaining-requests": "0",
          "x-ratelimit-reset-requests": `${seconds}s`,
        }
      : route.protocol === "anthropic"
        ? {
            "anthropic-ratelimit-requests-limit": "50",
            "anthropic-ratelimit-requests-remaining": "0",
            "anthropic-ratelimit-requests-reset": new Date(now + seconds * 1000).toISOString(),
          }
        : {}
  for (const [name, value] of Object.entries(limits)) {
    if (!Object.hasOwn(control.headers, name)) headers.push(name, value)
  }
  return headers
}

type Found = Rendered | { readonly failure: Failure }

function respond(question: Question, source: Source): Found {
  const { route } = question
  if (question.keyFailure !== null) return { failure: question.keyFailure }
  if (route.operation === "unknown") {
    const message = `Invalid URL (${question.method} ${question.path})`
    return { failure: { status: 404, kind: "not_found", message, param: null } }
  }
  if (route.model?.includes("does-not-exist") === true) return { failure: modelNotFound(route, route.model) }
  if (route.operation === "models") return plain(renderModels(route))
  const passed = answerPassthrough(question, source)
  if (passed !== null) return passed
  const body = parseBody(question.body)
  if (body === null)
    return { failure: malformed("We could not parse the JSON body of your request: expected an object.") }
  // A deployment in the path is Azure's model, whatever the body says.
  const model = route.azure ? (route.model ?? textOf(body.model)) : textOf(body.model)
  if (model?.includes("does-not-exist") === true) return { failure: modelNotFound(route, model) }
  if (route.protocol === "anthropic" && !question.anthropicVersion) {
    return { failure: malformed("anthropic-version: header is required") }
  }
  return respondTo(question, source, route.azure && model !== null ? { ...body, model } : body)
}

function respondTo(question: Question, source: Source, body: JsonRecord): Found {
  const { route } = question
  const model = route.model ?? ""
  const write = (reading: Reading, render: (prompt: Prompt, script: Script) => Rendered): Found =>
    writeAnswer(question, source, reading, render)
  switch (route.operation) {
    case "chat":
      return write(readChat(body), (prompt, script) => renderChat(prompt, script, route))
    case "completions":
      return write(readCompletion(body), renderCompletion)
    case "responses":
      return write(readResponses(body), (prompt, script) => renderResponses(prompt, script, body))
    case "messages":
      return write(readMessages(body), renderMessages)
    case "generate":
    case "stream-generate": {
      const options = { sse: question.query.get("alt") === "sse" }
      const reading = readGenerate(body, model, route.operation === "stream-generate")
      return write(reading, (prompt, script) => renderGenerate(prompt, script, options))
    }
    case "count-messages": {
      const count = readMessagesCount(body)
      return "failure" in count ? count : plain(JSON.stringify({ input_tokens: count.tokens }))
    }
    case "count-contents": {
      const count = readGeminiCount(body)
      return "failure" in count ? count : plain(JSON.stringify({ totalTokens: count.tokens }))
    }
    case "embeddings":
      return bodyOf(answerOpenAiEmbeddings(body, source.seed))
    default:
      return bodyOf(answerGeminiEmbeddings(body, model, source.seed, route.operation === "batch-embed-contents"))
  }
}

const plain = (body: string): Rendered => ({ kind: "plain", body })

const bodyOf = (found: { readonly body: string } | { readonly failure: Failure }): Found =>
  "failure" in found ? found : plain(found.body)

function parseBody(body: Buffer): JsonRecord | null {
  try {
    const parsed: unknown = JSON.parse(body.toString("utf8"))
    return isRecord(parsed) ? parsed : null
  } catch {
    return null
  }
}

function renderModels(route: Route): string {
  if (route.protocol === "gemini") return renderGeminiModels(route.model)
  return route.protocol === "anthropic" ? renderAnthropicModels(route.model) : renderOpenAiModels(route, route.model)
}

function modelNotFound(route: Route, model: string): Failure {
  const messages = {
    openai: `The model \`${model}\` does not exist or you do not have access to it.`,
    anthropic: `model: ${model}`,
    gemini: `models/${model} is not found for API version v1beta, or is not supported for this method.`,
  }
  return { status: 404, kind: "model_not_found", message: messages[route.protocol], param: null }
}

function writeAnswer(
  question: Question,
  source: Source,
  reading: Reading,
  render: (prompt: Prompt, script: Script) => Rendered,
): Found {
  if ("failure" in reading) return reading
  const { prompt } = reading
  const failure = checkWindow(question.route, prompt)
  if (failure !== null) return { failure }
  const script = writeScript(prompt, question.control, source)
  const bytes = question.control.eventBytes
  const rendered =
    bytes === null ? render(prompt, script) : renderSized((sized) => render(prompt, sized), script, bytes)
  const tokens = script.thought.length + script.text.length
  return rendered.kind === "plain" ? { ...rendered, tokens: question.control.tokens ?? tokens } : rendered
}

/** What each provider says when a prompt and its answer cannot fit. */
function checkWindow(route: Route, prompt: Prompt): Failure | null {
  const window = contextWindow(prompt.model)
  const asked = prompt.maxTokens ?? 0
  if (prompt.inputTokens + asked <= window) return null
  const messages = {
    openai:
      `This model's maximum context length is ${window} tokens. However, you requested ${prompt.inputTokens + asked} ` +
      `tokens (${prompt.inputTokens} in the messages, ${asked} in the completion). Please reduce the length of either.`,
    anthropic:
      prompt.inputTokens > window
        ? `prompt is too long: ${prompt.inputTokens} tokens > ${window} maximum`
        : `input length and \`max_tokens\` exceed context limit: ${prompt.inputTokens} + ${asked} > ${window}, ` +
          "decrease input length or `max_tokens` and try again",
    gemini: `The input token count (${prompt.inputTokens + asked}) exceeds the maximum number of tokens allowed (${window}).`,
  }
  const param = route.operation === "chat" ? "messages" : null
  return { status: 400, kind: "context_length", message: messages[route.protocol], param }
}

/**
 * One text event of exactly `bytes` bytes (a plain body of that many), never less than an event with one character needs.
 * Measured rather than computed, because every dialect wraps its text differently.
 */
function renderSized(render: (script: Script) => Rendered, script: Script, bytes: number): Rendered {
  const withText = (text: string): Rendered =>
    render({ ...script, thought: [], calls: [], finish: "stop", text: [text] })
  const one = withText("x")
  const longer = withText("xx")
  const size =
    one.kind === "plain" || longer.kind === "plain"
      ? Buffer.byteLength(one.kind === "plain" ? one.body : "")
      : Buffer.byteLength(one.events.find((event, index) => event.length !== longer.events[index]?.length) ?? "")
  return withText("x".repeat(Math.max(1, bytes - size + 1)))
}
