import Anthropic from "@anthropic-ai/sdk"
import { ApiError as GeminiApiError, GoogleGenAI } from "@google/genai"
import type { Page } from "@sluice/protocol/api/common"
import type { RequestBody } from "@sluice/protocol/api/requests"
import OpenAI from "openai"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Installation, startInstallation, until } from "./installation.ts"

let installation: Installation

beforeAll(async () => {
  installation = await startInstallation()
})

afterAll(() => installation?.remove())

/** One pixel, so that a prompt has an image in it. */
const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

/** The newest stored request of a feature, once it is there. */
const stored = (feature: string): Promise<RequestBody> =>
  until(`a request of ${feature} on the Requests page`, async () => {
    const page = await installation.api<Page<RequestBody>>(`requests?limit=1&feature=${feature}`)
    return page.data[0] ?? null
  })

/** How long after `abort()` the simulator saw its connection close, in milliseconds. */
async function untilUpstreamClosed(path: string, abort: () => void): Promise<number> {
  const { simulator } = installation
  const received = await until("the call at the provider", () => {
    return simulator.requests.findLast((request) => request.path.startsWith(path) && request.closedAt === null) ?? null
  })
  const from = performance.now()
  abort()
  await received.whenClosed()
  const closedMs = performance.now() - from
  expect(received.aborted).toBe(true)
  return closedMs
}

describe("the openai client", () => {
  const client = (feature: string, simulate?: string): OpenAI =>
    new OpenAI({
      apiKey: installation.key,
      baseURL: `${installation.gatewayUrl}/v1`,
      maxRetries: 0,
      defaultHeaders: { "x-sluice-feature": feature, ...(simulate ? { "x-simulate": simulate } : {}) },
    })

  it("gets a plain answer, and the request is stored with its usage and cost", async () => {
    const answer = await client("openai-plain").chat.completions.create({
      model: "gpt-4o-mini",
      messages: [{ role: "user", content: "Say hello." }],
    })
    expect(answer.choices[0]?.message.content).toBeTruthy()
    const request = await stored("openai-plain")
    expect(request).toMatchObject({
      status: 200,
      provider: "openai",
      model_requested: "gpt-4o-mini",
      model_actual: "gpt-4o-mini",
      streaming: false,
      usage_source: "provider",
      endpoint: "/v1/chat/completions",
      finish_reason: "stop",
      attempts: 1,
      error_code: null,
    })
    expect(request.usage.input_tokens).toBe(answer.usage?.prompt_tokens)
    expect(request.usage.output_tokens).toBe(answer.usage?.completion_tokens)
    expect(Number(request.cost_usd)).toBeGreaterThan(0)
  })

  it("streams, with and without usage, and both are counted", async () => {
    const stream = await client("openai-stream").chat.completions.create({
      model: "gpt-4o-mini",
      messages: [{ role: "user", content: "Count to ten." }],
      stream: true,
      stream_options: { include_usage: true },
    })
    let text = ""
    let usage: OpenAI.CompletionUsage | null = null
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? ""
      usage = chunk.usage ?? usage
    }
    expect(text).not.toBe("")
    expect(await stored("openai-stream")).toMatchObject({
      streaming: true,
      usage_source: "provider",
      usage: { output_tokens: usage?.completion_tokens },
    })

    const silent = await client("openai-stream-silent").chat.completions.create({
      model: "gpt-4o-mini",
      messages: [{ role: "user", content: "Count to ten." }],
      stream: true,
    })
    for await (const chunk of silent) expect(chunk.usage ?? null).toBeNull()
    const measured = await stored("openai-stream-silent")
    expect(measured.usage_source).toBe("measured")
    expect(measured.usage.output_tokens).toBeGreaterThan(0)
    expect(measured.time_to_first_token_ms).toBeGreaterThan(0)
  })

  it("calls tools, and sees images in the prompt through", async () => {
    const answer = await client("openai-tools").chat.completions.create({
      model: "gpt-4o",
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "What is the weather where this was taken?" },
            { type: "image_url", image_url: { url: `data:image/png;base64,${pixel}` } },
          ],
        },
      ],
      tools: [
        {
          type: "function",
          function: { name: "weather", parameters: { type: "object", properties: { city: { type: "string" } } } },
        },
      ],
      tool_choice: "required",
    })
    expect(answer.choices[0]?.message.tool_calls?.[0]).toMatchObject({
      type: "function",
      function: { name: "weather" },
    })
    expect((await stored("openai-tools")).finish_reason).toBe("tool_calls")
  })

  it("gets responses, plain and streamed, and embeddings", async () => {
    const plain = await client("openai-responses").responses.create({ model: "gpt-4o", input: "Say hello." })
    expect(plain.output_text).not.toBe("")
    expect(await stored("openai-responses")).toMatchObject({ endpoint: "/v1/responses", usage_source: "provider" })

    const stream = await client("openai-responses-stream").responses.create({
      model: "gpt-4o",
      input: "Say hello.",
      stream: true,
    })
    const types: string[] = []
    for await (const event of stream) types.push(event.type)
    expect(types.at(-1)).toBe("response.completed")
    expect(await stored("openai-responses-stream")).toMatchObject({ streaming: true, usage_source: "provider" })

    const embedding = await client("openai-embeddings").embeddings.create({
      model: "text-embedding-3-small",
      input: "hello",
    })
    expect(embedding.data[0]?.embedding.length).toBeGreaterThan(0)
    expect((await stored("openai-embeddings")).usage.input_tokens).toBe(embedding.usage.prompt_tokens)
  })

  it("lists the models its key may use", async () => {
    const names: string[] = []
    for await (const model of client("openai-models").models.list()) names.push(model.id)
    expect(names).toContain("gpt-4o-mini")
    expect((await client("openai-models").models.retrieve("gpt-4o")).id).toBe("gpt-4o")
  })

  it("gets the provider's own error, untouched", async () => {
    const call = client("openai-error", "fault=429,retry-after=7").chat.completions.create({
      model: "gpt-4o-mini",
      messages: [{ role: "user", content: "Say hello." }],
    })
    const error = await call.then(
      () => null,
      (thrown: unknown) => thrown,
    )
    expect(error).toBeInstanceOf(OpenAI.RateLimitError)
    expect((error as InstanceType<typeof OpenAI.RateLimitError>).headers.get("retry-after")).toBe("7")
    expect(await stored("openai-error")).toMatchObject({
      status: 429,
      error_category: "rate_limit",
      error_source: "provider",
      cost_usd: null,
    })
  })

  it("gets our own refusal as its own error class", async () => {
    const stranger = new OpenAI({
      apiKey: "slk_unknown0000000000000000",
      baseURL: `${installation.gatewayUrl}/v1`,
      maxRetries: 0,
    })
    const call = stranger.chat.completions.create({ model: "gpt-4o", messages: [{ role: "user", content: "x" }] })
    await expect(call).rejects.toBeInstanceOf(OpenAI.AuthenticationError)
  })

  it("aborts, and the provider's connection is closed within 100 ms", async () => {
    const controller = new AbortController()
    const stream = await client("openai-abort", "tokens=500,inter-token-ms=50").chat.completions.create(
      { model: "gpt-4o-mini", messages: [{ role: "user", content: "Go on." }], stream: true },
      { signal: controller.signal },
    )
    await stream[Symbol.asyncIterator]().next()
    const closedMs = await untilUpstreamClosed("/v1/chat/completions", () => controller.abort())
    expect(closedMs).toBeLessThan(100)
    expect(await stored("openai-abort")).toMatchObject({ status: 499, error_category: "client_cancelled" })
  })
})

describe("the anthropic client", () => {
  const client = (feature: string, simulate?: string): Anthropic =>
    new Anthropic({
      apiKey: installation.key,
      baseURL: installation.gatewayUrl,
      maxRetries: 0,
      defaultHeaders: { "x-sluice-feature": feature, ...(simulate ? { "x-simulate": simulate } : {}) },
    })
  const model = "claude-sonnet-4-20250514"

  it("gets a plain answer, and the request is stored with its usage and cost", async () => {
    const answer = await client("anthropic-plain").messages.create({
      model,
      max_tokens: 64,
      messages: [{ role: "user", content: "Say hello." }],
    })
    expect(answer.content[0]?.type).toBe("text")
    const request = await stored("anthropic-plain")
    expect(request).toMatchObject({
      status: 200,
      provider: "anthropic",
      usage_source: "provider",
      finish_reason: "stop",
    })
    expect(request.usage.output_tokens).toBe(answer.usage.output_tokens)
    expect(Number(request.cost_usd)).toBeGreaterThan(0)
  })

  it("streams", async () => {
    const stream = client("anthropic-stream").messages.stream({
      model,
      max_tokens: 64,
      messages: [{ role: "user", content: "Count to ten." }],
    })
    const message = await stream.finalMessage()
    expect(message.usage.output_tokens).toBeGreaterThan(0)
    expect(await stored("anthropic-stream")).toMatchObject({
      streaming: true,
      usage_source: "provider",
      usage: { output_tokens: message.usage.output_tokens },
    })
  })

  it("calls tools, sees images in the prompt through, and counts tokens", async () => {
    const answer = await client("anthropic-tools").messages.create({
      model,
      max_tokens: 64,
      tools: [{ name: "weather", input_schema: { type: "object", properties: { city: { type: "string" } } } }],
      tool_choice: { type: "any" },
      messages: [
        {
          role: "user",
          content: [
            { type: "image", source: { type: "base64", media_type: "image/png", data: pixel } },
            { type: "text", text: "What is the weather where this was taken?" },
          ],
        },
      ],
    })
    expect(answer.stop_reason).toBe("tool_use")
    expect((await stored("anthropic-tools")).finish_reason).toBe("tool_calls")
    const count = await client("anthropic-count").messages.countTokens({
      model,
      messages: [{ role: "user", content: "Say hello." }],
    })
    expect((await stored("anthropic-count")).usage.input_tokens).toBe(count.input_tokens)
  })

  it("gets the provider's own error, untouched", async () => {
    const call = client("anthropic-error", "fault=529").messages.create({
      model,
      max_tokens: 64,
      messages: [{ role: "user", content: "Say hello." }],
    })
    await expect(call).rejects.toMatchObject({ status: 529, error: { error: { type: "overloaded_error" } } })
    expect(await stored("anthropic-error")).toMatchObject({ status: 529, error_category: "provider_5xx" })
  })

  it("aborts, and the provider's connection is closed within 100 ms", async () => {
    const stream = client("anthropic-abort", "tokens=500,inter-token-ms=50").messages.stream({
      model,
      max_tokens: 600,
      messages: [{ role: "user", content: "Go on." }],
    })
    await new Promise((resolve) => stream.once("streamEvent", resolve))
    stream.on("error", () => undefined)
    stream.done().catch(() => undefined)
    const closedMs = await untilUpstreamClosed("/v1/messages", () => stream.abort())
    expect(closedMs).toBeLessThan(100)
    expect(await stored("anthropic-abort")).toMatchObject({ status: 499, error_category: "client_cancelled" })
  })
})

describe("the google genai client", () => {
  const client = (feature: string, simulate?: string): GoogleGenAI =>
    new GoogleGenAI({
      apiKey: installation.key,
      httpOptions: {
        baseUrl: installation.gatewayUrl,
        headers: { "x-sluice-feature": feature, ...(simulate ? { "x-simulate": simulate } : {}) },
      },
    })
  const model = "gemini-2.5-flash"

  it("gets a plain answer, and the request is stored with its usage and cost", async () => {
    const answer = await client("gemini-plain").models.generateContent({ model, contents: "Say hello." })
    expect(answer.text).toBeTruthy()
    const request = await stored("gemini-plain")
    expect(request).toMatchObject({ status: 200, provider: "gemini", usage_source: "provider", finish_reason: "stop" })
    expect(request.usage.input_tokens).toBe(answer.usageMetadata?.promptTokenCount)
    expect(Number(request.cost_usd)).toBeGreaterThan(0)
  })

  it("streams", async () => {
    let text = ""
    for await (const chunk of await client("gemini-stream").models.generateContentStream({
      model,
      contents: "Count.",
    })) {
      text += chunk.text ?? ""
    }
    expect(text).not.toBe("")
    expect(await stored("gemini-stream")).toMatchObject({ streaming: true, usage_source: "provider" })
  })

  it("calls tools, sees images in the prompt through, embeds and counts tokens", async () => {
    const answer = await client("gemini-tools").models.generateContent({
      model,
      contents: [
        {
          role: "user",
          parts: [{ inlineData: { mimeType: "image/png", data: pixel } }, { text: "What is the weather?" }],
        },
      ],
      config: {
        tools: [
          { functionDeclarations: [{ name: "weather", parametersJsonSchema: { type: "object", properties: {} } }] },
        ],
        toolConfig: { functionCallingConfig: { mode: "ANY" as never } },
      },
    })
    expect(answer.functionCalls?.[0]?.name).toBe("weather")
    expect((await stored("gemini-tools")).status).toBe(200)
    const embedded = await client("gemini-embed").models.embedContent({
      model: "gemini-embedding-001",
      contents: "hello",
    })
    expect(embedded.embeddings?.[0]?.values?.length).toBeGreaterThan(0)
    const count = await client("gemini-count").models.countTokens({ model, contents: "hello" })
    expect((await stored("gemini-count")).usage.input_tokens).toBe(count.totalTokens)
  })

  it("gets the provider's own error, untouched", async () => {
    const call = client("gemini-error", "fault=503").models.generateContent({ model, contents: "Say hello." })
    const error = await call.then(
      () => null,
      (thrown: unknown) => thrown,
    )
    expect(error).toBeInstanceOf(GeminiApiError)
    expect(await stored("gemini-error")).toMatchObject({ status: 503, error_category: "provider_5xx" })
  })

  it("aborts, and the provider's connection is closed within 100 ms", async () => {
    const controller = new AbortController()
    const stream = await client("gemini-abort", "tokens=500,inter-token-ms=50").models.generateContentStream({
      model,
      contents: "Go on.",
      config: { abortSignal: controller.signal },
    })
    await stream.next()
    const closedMs = await untilUpstreamClosed(`/v1beta/models/${model}`, () => controller.abort())
    expect(closedMs).toBeLessThan(100)
    expect(await stored("gemini-abort")).toMatchObject({ status: 499, error_category: "client_cancelled" })
  })
})
