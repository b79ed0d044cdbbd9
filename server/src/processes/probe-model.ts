import type { ProviderName } from "@sluice/protocol/providers"
import type { Dispatcher, Pool } from "undici"
import type { ModelProbeResult, ProbeModel } from "../domains/catalog/index.ts"
import { createUpstreamPool } from "../platform/http.ts"
import { toAzureTarget } from "../providers/azure/azure-target.ts"
import type { Provider } from "../providers/provider.ts"
import { providers } from "../providers/registry.ts"
import { describeUnreached, type ProbeOptions, readText, toProbeHeaders } from "./probe-provider.ts"

/**
 * Calls a model for a word of at most one token; one that takes no chats is asked for an embedding. Never throws; what went
 * wrong is the result.
 */
export function createModelProbe(options: ProbeOptions): ProbeModel {
  return async (probe) => {
    const { clock, baseUrls } = options
    const provider = providers[probe.provider]
    const root = probe.baseUrl ?? baseUrls[probe.provider] ?? provider.baseUrl
    if (root === null)
      return unreached(0, "Nothing names the server of this model: give it a credential or a base URL.")
    const url = new URL(root)
    const startedAt = clock.monotonic()
    try {
      const pool = createUpstreamPool(url.origin, {
        connectTimeoutMs: options.connectTimeoutMs,
        allowPrivate: options.allowPrivate,
      })
      const ask = (call: Call) => askServer(pool, { probe, provider, call, root: url.pathname.replace(/\/+$/, "") })
      try {
        const answer = await ask(toCall(provider, probe))
        const found = describe(probe, answer, clock.monotonic() - startedAt)
        if (found.answered || provider.protocol !== "openai" || !isRefusedChat(answer.status)) return found
        const vectors = await ask(toEmbeddingCall(probe))
        return isEmbedding(vectors) ? describeEmbedding(vectors, clock.monotonic() - startedAt) : found
      } finally {
        await pool.destroy()
      }
    } catch (error) {
      return unreached(clock.monotonic() - startedAt, describeUnreached(error, url.host))
    }
  }
}

/** What a model is sent. */
interface Call {
  readonly path: string
  readonly body: object
}

interface ServerCall {
  readonly probe: Probe
  readonly provider: Provider
  readonly call: Call
  /** The path before the call's own. */
  readonly root: string
}

async function askServer(pool: Pool, { probe, provider, call, root }: ServerCall): Promise<Answer> {
  const answer = await pool.request({
    method: "POST",
    path: `${root}${call.path}`,
    headers: {
      "content-type": "application/json",
      ...provider.probe.headers,
      ...(probe.credential && {
        ...toProbeHeaders(probe.credential.options),
        [provider.credentialHeader]: `${provider.credentialPrefix}${probe.credential.secret}`,
      }),
    },
    body: JSON.stringify(call.body),
    signal: probe.signal,
  })
  return readAnswer(answer)
}

/** OpenAI's newer models know the limit by a newer name only, and other people's servers by the older one. */
const newerLimit: ReadonlySet<ProviderName> = new Set(["openai", "azure"])

const word = "Answer with one word: hello"

function toCall(provider: Provider, probe: Probe): Call {
  const { model } = probe
  if (provider.protocol === "gemini") {
    const body = { contents: [{ parts: [{ text: word }] }], generationConfig: { maxOutputTokens: 1 } }
    return { path: `/v1beta/models/${encodeURIComponent(model)}:generateContent`, body }
  }
  const messages = [{ role: "user", content: word }]
  if (provider.protocol === "anthropic") return { path: "/v1/messages", body: { model, messages, max_tokens: 1 } }
  const limit = newerLimit.has(provider.name) ? { max_completion_tokens: 16 } : { max_tokens: 1 }
  return { path: openaiPath("/chat/completions", probe), body: { model, messages, ...limit } }
}

const toEmbeddingCall = (probe: Probe): Call => ({
  path: openaiPath("/embeddings", probe),
  body: { model: probe.model, input: "hello" },
})

/** Azure's path names the deployment and the credential's version of the API, as gateways call it. */
const openaiPath = (tail: string, { provider, model, credential }: Probe): string =>
  provider === "azure"
    ? toAzureTarget({ tail, deployment: model, query: "", apiVersion: credential?.options.api_version ?? null })
    : `/v1${tail}`

/** Statuses by which servers say that there is no chat, or none with this model. */
const isRefusedChat = (status: number): boolean => [400, 404, 405, 415, 422, 500, 501].includes(status)

const isEmbedding = ({ status, json }: Answer): boolean =>
  status >= 200 && status < 300 && Array.isArray(json?.data) && json.data[0]?.embedding !== undefined

const describeEmbedding = ({ status, json }: Answer, latencyMs: number): ModelProbeResult => ({
  status,
  latencyMs,
  answered: true,
  modelAnswered: typeof json?.model === "string" ? json.model : null,
  message: "The model answers with embeddings; it takes no chats.",
})

interface Answer {
  readonly status: number
  /** Null: not JSON, or too much of it. */
  readonly json: Readonly<Record<string, unknown>> | null
}

async function readAnswer({ statusCode, body }: Dispatcher.ResponseData): Promise<Answer> {
  const text = await readText(body)
  try {
    const json: unknown = JSON.parse(text ?? "")
    return { status: statusCode, json: typeof json === "object" && json !== null ? { ...json } : null }
  } catch {
    return { status: statusCode, json: null }
  }
}

type Probe = Parameters<ProbeModel>[0]

function describe(probe: Probe, { status, json }: Answer, latencyMs: number): ModelProbeResult {
  const answered = json?.model ?? json?.modelVersion
  const modelAnswered = typeof answered === "string" ? answered : null
  const isAnswer = status >= 200 && status < 300
  if (isAnswer && json === null) {
    const message = "Something answers there, but not as a model does: is the base URL the part before /v1?"
    return { status, latencyMs, answered: false, modelAnswered: null, message }
  }
  const message = isAnswer ? "The model answers." : `${explain(status, probe)}${reasonOf(json)}`
  return { status, latencyMs, answered: isAnswer, modelAnswered, message }
}

function explain(status: number, { model, credential }: Probe): string {
  if (status === 401 || status === 403) {
    return credential
      ? "The server refuses the credential: store a valid one and choose it."
      : "The server asks for a key: store a credential with its base URL and choose that."
  }
  if (status === 404) return `The server knows no ${model} there: mend the upstream model's name, or the base URL.`
  if (status === 429) return "The server is there, but limits calls just now: try again later."
  if (status >= 300 && status < 400) return "The server redirects, which is never followed: give its final base URL."
  return status >= 500 ? "The server has a problem of its own: look at its log." : "The server refuses a small chat."
}

/** The server's own words, in the formats there are; nothing when it has none. */
function reasonOf(json: Readonly<Record<string, unknown>> | null): string {
  const error = json?.error
  const said =
    typeof error === "object" && error !== null && "message" in error ? error.message : (error ?? json?.message)
  return typeof said === "string" && said !== "" ? ` It says: ${said.slice(0, 300)}` : ""
}

const unreached = (latencyMs: number, message: string): ModelProbeResult => ({
  status: null,
  latencyMs,
  answered: false,
  modelAnswered: null,
  message,
})
