import OpenAI from "openai"
import { zodResponseFormat } from "openai/helpers/zod"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { z } from "zod"
import { type Simulator, startSimulator } from "./simulator.ts"
import { collect } from "./testing/collect.ts"

let simulator: Simulator
let openai: OpenAI
let groq: OpenAI

beforeAll(async () => {
  simulator = await startSimulator({})
  openai = new OpenAI({ apiKey: "sk-any", baseURL: `${simulator.url}/v1`, maxRetries: 0 })
  groq = new OpenAI({ apiKey: "gsk-any", baseURL: `${simulator.url}/openai/v1`, maxRetries: 0 })
})
afterAll(() => simulator.close())

const messages = [{ role: "user" as const, content: "What is a gateway?" }]
const tools = [
  {
    type: "function" as const,
    function: {
      name: "get_weather",
      parameters: {
        type: "object",
        properties: { city: { type: "string", enum: ["Oslo", "Rome"] }, days: { type: "integer", maximum: 7 } },
        required: ["city", "days"],
      },
    },
  },
]

describe("the OpenAI client, on chat completions", () => {
  it("reads a plain answer with its usage", async () => {
    const answer = await openai.chat.completions.create({ model: "gpt-4o", messages })
    expect(answer.choices[0]).toMatchObject({ finish_reason: "stop", message: { role: "assistant" } })
    expect(answer.choices[0]?.message.content?.length).toBeGreaterThan(20)
    expect(answer.usage).toMatchObject({ prompt_tokens: 8, completion_tokens: 32, total_tokens: 40 })
  })

  it("reads a stream that ends with the usage it asked for", async () => {
    const stream = openai.chat.completions.stream({
      model: "gpt-4o",
      messages,
      stream_options: { include_usage: true },
    })
    const answer = await stream.finalChatCompletion()
    expect(answer.choices[0]?.message.content).toMatch(/\S/)
    expect(answer.usage?.completion_tokens).toBe(32)
  })

  it("sees no usage in a stream that did not ask for it", async () => {
    const stream = await openai.chat.completions.create({ model: "gpt-4o", messages, stream: true })
    let text = ""
    for await (const chunk of stream) {
      expect(chunk.usage ?? null).toBeNull()
      text += chunk.choices[0]?.delta.content ?? ""
    }
    expect(text).toMatch(/\S/)
  })

  it("calls a tool with arguments that fit its schema, plain and streamed", async () => {
    const plain = await openai.chat.completions.create({ model: "gpt-4o", messages, tools })
    const call = plain.choices[0]?.message.tool_calls?.[0]
    expect(plain.choices[0]?.finish_reason).toBe("tool_calls")
    if (call?.type !== "function") throw new Error("no function call")
    const given = z.strictObject({ city: z.enum(["Oslo", "Rome"]), days: z.number().int().max(7) })
    expect(given.safeParse(JSON.parse(call.function.arguments)).success).toBe(true)
    const streamed = await openai.chat.completions.stream({ model: "gpt-4o", messages, tools }).finalChatCompletion()
    const again = streamed.choices[0]?.message.tool_calls?.[0]
    if (again?.type !== "function") throw new Error("no function call")
    expect(given.safeParse(JSON.parse(again.function.arguments)).success).toBe(true)
  })

  it("answers in text once the tool has answered", async () => {
    const answer = await openai.chat.completions.create({
      model: "gpt-4o",
      tools,
      messages: [
        ...messages,
        {
          role: "assistant",
          tool_calls: [{ id: "call_1", type: "function", function: { name: "get_weather", arguments: "{}" } }],
        },
        { role: "tool", tool_call_id: "call_1", content: "sunny" },
      ],
    })
    expect(answer.choices[0]?.finish_reason).toBe("stop")
  })

  it("takes images and counts them", async () => {
    const url = `data:image/png;base64,${"A".repeat(4000)}`
    const answer = await openai.chat.completions.create({
      model: "gpt-4o",
      messages: [{ role: "user", content: [{ type: "image_url", image_url: { url } }] }],
    })
    expect(answer.usage?.prompt_tokens).toBe(261)
  })

  it("writes JSON that fits the schema asked for", async () => {
    const shape = z.object({ title: z.string(), score: z.number(), tags: z.array(z.string()) })
    const answer = await openai.chat.completions.parse({
      model: "gpt-4o",
      messages,
      response_format: zodResponseFormat(shape, "note"),
    })
    expect(shape.safeParse(answer.choices[0]?.message.parsed).success).toBe(true)
    const free = await openai.chat.completions.create({
      model: "gpt-4o",
      messages,
      response_format: { type: "json_object" },
    })
    expect(JSON.parse(free.choices[0]?.message.content ?? "")).toHaveProperty("answer")
  })

  it("stops at max_tokens with finish_reason length", async () => {
    const answer = await openai.chat.completions.create({ model: "gpt-4o", messages, max_completion_tokens: 5 })
    expect(answer.choices[0]?.finish_reason).toBe("length")
    expect(answer.usage?.completion_tokens).toBe(5)
  })

  it("counts reasoning inside the output for models that think", async () => {
    const answer = await openai.chat.completions.create({ model: "o3-mini", messages })
    expect(answer.usage?.completion_tokens_details?.reasoning_tokens).toBe(24)
    expect(answer.usage?.completion_tokens).toBe(56)
  })

  it("gets Groq's own fields under /openai/v1", async () => {
    const stream = await groq.chat.completions.create({ model: "llama-3.3-70b-versatile", messages, stream: true })
    const chunks: unknown[] = []
    for await (const chunk of stream) chunks.push(chunk)
    expect(chunks.at(-1)).toMatchObject({ x_groq: { usage: { completion_tokens: 32 } } })
  })
})

describe("the OpenAI client, elsewhere", () => {
  it("reads a response, plain and streamed, with the same events the service sends", async () => {
    const plain = await openai.responses.create({ model: "gpt-5", input: "Hello" })
    expect(plain.output_text).toMatch(/\S/)
    expect(plain.usage?.output_tokens_details.reasoning_tokens).toBeGreaterThan(0)
    const types = new Set<string>()
    const stream = openai.responses.stream({ model: "gpt-4o", input: "Hello" })
    for await (const event of stream) types.add(event.type)
    expect([...types]).toEqual([
      "response.created",
      "response.in_progress",
      "response.output_item.added",
      "response.content_part.added",
      "response.output_text.delta",
      "response.output_text.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.completed",
    ])
    expect((await stream.finalResponse()).output_text).toMatch(/\S/)
  })

  it("reads a function call in a response stream", async () => {
    const parameters = { type: "object", properties: { city: { type: "string" } } }
    const stream = openai.responses.stream({
      model: "gpt-4o",
      input: "Weather?",
      tools: [{ type: "function", name: "get_weather", parameters, strict: false }],
    })
    const [call] = (await stream.finalResponse()).output
    if (call?.type !== "function_call") throw new Error("no function call")
    expect(JSON.parse(call.arguments)).toHaveProperty("city")
  })

  it("reports an incomplete response when max_output_tokens cuts it", async () => {
    const answer = await openai.responses.create({ model: "gpt-4o", input: "Hello", max_output_tokens: 3 })
    expect(answer.status).toBe("incomplete")
    expect(answer.incomplete_details?.reason).toBe("max_output_tokens")
  })

  it("reads the same embeddings as floats and as base64", async () => {
    const input = ["one", "two"]
    const coded = await openai.embeddings.create({ model: "text-embedding-3-small", input })
    const floats = await openai.embeddings.create({ model: "text-embedding-3-small", input, encoding_format: "float" })
    expect(coded.data.map((entry) => entry.embedding.length)).toEqual([1536, 1536])
    expect(coded.data[1]?.embedding[7]).toBeCloseTo(floats.data[1]?.embedding[7] ?? 0, 6)
    const small = await openai.embeddings.create({ model: "text-embedding-3-large", input: "x", dimensions: 8 })
    expect(Math.hypot(...(small.data[0]?.embedding ?? []))).toBeCloseTo(1, 5)
  })

  it("reads legacy completions and lists models", async () => {
    const answer = await openai.completions.create({ model: "gpt-3.5-turbo-instruct", prompt: "Once" })
    expect(answer.choices[0]?.text).toMatch(/\S/)
    const names: string[] = []
    for await (const model of openai.models.list()) names.push(model.id)
    expect(names).toContain("gpt-4o-mini")
    expect((await openai.models.retrieve("gpt-4o")).id).toBe("gpt-4o")
  })

  it("raises its own error classes for every refusal", async () => {
    const wrong = new OpenAI({ apiKey: "sk-invalid", baseURL: `${simulator.url}/v1`, maxRetries: 0 })
    await expect(wrong.models.list()).rejects.toMatchObject({ status: 401, code: "invalid_api_key" })
    const ask = (model: string, extra: object = {}, headers: Record<string, string> = {}) =>
      openai.chat.completions.create({ model, messages, ...extra }, { headers })
    await expect(ask("does-not-exist")).rejects.toMatchObject({ status: 404, code: "model_not_found" })
    const huge = { max_tokens: 3_000_000 }
    await expect(ask("gpt-4o", huge)).rejects.toMatchObject({ status: 400, code: "context_length_exceeded" })
    await expect(ask("gpt-4o", { messages: "no" })).rejects.toMatchObject({ status: 400, param: "messages" })
    await expect(ask("gpt-4o", {}, { "x-simulate": "fault=429" })).rejects.toThrow(OpenAI.RateLimitError)
    await expect(ask("gpt-4o", {}, { "x-simulate": "fault=500" })).rejects.toThrow(OpenAI.InternalServerError)
    await expect(ask("gpt-4o", {}, { "x-simulate": "nonsense=1" })).rejects.toThrow(/x-simulate knows no "nonsense"/)
  })

  it("raises an error that arrives inside a stream", async () => {
    const headers = { "x-simulate": "fault=error-event" }
    const stream = await openai.chat.completions.create({ model: "gpt-4o", messages, stream: true }, { headers })
    await expect(collect(stream)).rejects.toThrow(/had an error/)
  })
})
