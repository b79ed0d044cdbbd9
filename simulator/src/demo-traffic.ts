import { type DemoFeature, demoFeatures, demoProviders, pickWeighted } from "./demo-features.ts"
import { sample } from "./distribution.ts"
import { createRandom, type Random } from "./random.ts"
import { systemTimers, type Timers } from "./timers.ts"
import { writeWords } from "./words.ts"

/** Live traffic for a demo, through the gateway. */
export interface DemoTrafficOptions {
  /** The gateway's root, e.g. `http://127.0.0.1:8484`. */
  readonly gatewayUrl: string
  /** A key of ours (`slk_…`); the project stores the simulator's credentials. */
  readonly key: string
  /** Ends the traffic: requests under way are given up. */
  readonly signal: AbortSignal
  /** An average, 1 to 6,000; arrivals are irregular. Default 20. */
  readonly requestsPerMinute?: number
  readonly seed?: string
  readonly timers?: Timers
  readonly fetch?: typeof fetch
}

/** What was sent. `failed` counts answers from 400 on and requests without one, given-up ones apart. */
export interface DemoTrafficSummary {
  readonly sent: number
  readonly failed: number
}

const mostAtOnce = 16
const mostWords = 12_000

/**
 * Sends requests of the demo's features until the signal ends it; a gateway that cannot be reached counts as a failure
 * and is tried again at the next arrival. Never rejects for what the network does.
 */
export async function runDemoTraffic(options: DemoTrafficOptions): Promise<DemoTrafficSummary> {
  const { signal, timers = systemTimers, requestsPerMinute = 20 } = options
  const random = createRandom(options.seed ?? "sluice", "live-traffic")
  const pending = new Set<Promise<void>>()
  let sent = 0
  let failed = 0
  const meanMs = 60_000 / Math.min(6000, Math.max(1, requestsPerMinute))
  while (!signal.aborted) {
    if (pending.size < mostAtOnce) {
      sent += 1
      const exchange = send(options, createDemoRequest(random)).then((succeeded) => {
        if (!succeeded && !signal.aborted) failed += 1
        pending.delete(exchange)
      })
      pending.add(exchange)
    }
    // Exponential gaps: independent callers arrive so.
    await pause(-Math.log(1 - random.next()) * meanMs, signal, timers)
  }
  await Promise.all(pending)
  return { sent, failed }
}

/** A request as it is sent: a path below the gateway's root, its headers without the key, its body. */
export interface DemoRequest {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** One request of one of the demo's features, in its provider's own dialect. */
export function createDemoRequest(random: Random): DemoRequest {
  const feature = pickWeighted(demoFeatures, random)
  const model = pickWeighted(feature.models, random)
  const { protocol } = demoProviders[model.provider]
  const words = Math.min(
    mostWords,
    Math.round(sample({ median: feature.inputTokens, p95: feature.inputTokens * 3 }, random)),
  )
  const text = writeWords(Math.max(1, words), random).join("")
  const isStream = random.next() < feature.streamingShare
  const { path, body } = createBody({ protocol, model: model.name, feature, text, isStream })
  return { path, headers: createHeaders(protocol, feature, random), body: JSON.stringify(body) }
}

function createHeaders(protocol: string, feature: DemoFeature, random: Random): Readonly<Record<string, string>> {
  const failure = random.next()
  const tokens = Math.max(
    1,
    Math.round(sample({ median: feature.outputTokens, p95: feature.outputTokens * 3 }, random)),
  )
  const fault = failure < 0.008 ? "fault=429,retry-after=2" : failure < 0.012 ? "fault=500" : `tokens=${tokens}`
  return {
    "content-type": "application/json",
    "x-sluice-metadata": '{"demo":true}',
    "x-simulate": fault,
    ...(feature.name === null
      ? {}
      : { "x-sluice-feature": feature.name, "x-sluice-user": `user-${random.integer(1, 40)}` }),
    ...(feature.task === null ? {} : { "x-sluice-task": feature.task }),
    ...(feature.hasSessions ? { "x-sluice-session": `session-${random.integer(1, 200)}` } : {}),
    ...(protocol === "anthropic" ? { "anthropic-version": "2023-06-01" } : {}),
  }
}

function createBody(asked: {
  readonly protocol: string
  readonly model: string
  readonly feature: DemoFeature
  readonly text: string
  readonly isStream: boolean
}): { readonly path: string; readonly body: object } {
  const { model, text, isStream } = asked
  if (asked.feature.operation === "embeddings") return { path: "/v1/embeddings", body: { model, input: text } }
  const messages = [{ role: "user", content: text }]
  const stream = isStream ? { stream: true } : {}
  if (asked.protocol === "anthropic")
    return { path: "/v1/messages", body: { model, max_tokens: 4096, messages, ...stream } }
  if (asked.protocol === "openai") {
    const usage = isStream ? { stream_options: { include_usage: true } } : {}
    return { path: "/v1/chat/completions", body: { model, messages, ...stream, ...usage } }
  }
  const method = isStream ? "streamGenerateContent?alt=sse" : "generateContent"
  return { path: `/v1beta/models/${model}:${method}`, body: { contents: [{ role: "user", parts: [{ text }] }] } }
}

/** True when the gateway answered with success and the whole body came. */
async function send(options: DemoTrafficOptions, request: DemoRequest): Promise<boolean> {
  try {
    const response = await (options.fetch ?? fetch)(`${options.gatewayUrl}${request.path}`, {
      method: "POST",
      headers: { ...request.headers, "x-sluice-key": options.key },
      body: request.body,
      signal: options.signal,
    })
    await response.arrayBuffer()
    return response.ok
  } catch {
    return false
  }
}

function pause(ms: number, signal: AbortSignal, timers: Timers): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve()
      return
    }
    const stop = (): void => {
      cancel()
      resolve()
    }
    const cancel = timers.after(ms, () => {
      signal.removeEventListener("abort", stop)
      resolve()
    })
    signal.addEventListener("abort", stop, { once: true })
  })
}
