import Anthropic from "@anthropic-ai/sdk"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Simulator, startSimulator } from "./simulator.ts"

let simulator: Simulator
let anthropic: Anthropic

beforeAll(async () => {
  simulator = await startSimulator({})
  anthropic = new Anthropic({ apiKey: "sk-ant-any", baseURL: simulator.url, maxRetries: 0 })
})
afterAll(() => simulator.close())

const ask = {
  model: "claude-sonnet-5",
  max_tokens: 1000,
  messages: [{ role: "user" as const, content: "Hello there" }],
}
const tools: Anthropic.Tool[] = [
  {
    name: "get_weather",
    input_schema: { type: "object", properties: { city: { type: "string" }, alert: { type: "boolean" } } },
  },
]

describe("the Anthropic client", () => {
  it("reads a plain message with its usage", async () => {
    const message = await anthropic.messages.create(ask)
    expect(message).toMatchObject({ role: "assistant", stop_reason: "end_turn", type: "message" })
    expect(message.content[0]?.type).toBe("text")
    expect(message.usage).toMatchObject({ input_tokens: 6, output_tokens: 32, cache_read_input_tokens: 0 })
  })

  it("reads a stream into the message that it tells of", async () => {
    const stream = anthropic.messages.stream(ask)
    const types: string[] = []
    stream.on("streamEvent", (event) => types.push(event.type))
    const message = await stream.finalMessage()
    expect(message.stop_reason).toBe("end_turn")
    expect(message.usage.output_tokens).toBe(32)
    expect(types[0]).toBe("message_start")
    expect(types.at(-1)).toBe("message_stop")
  })

  it("is sent a ping and event names as the service sends them", async () => {
    const response = await fetch(`${simulator.url}/v1/messages`, {
      method: "POST",
      headers: { authorization: "Bearer any", "anthropic-version": "2023-06-01" },
      body: JSON.stringify({ ...ask, stream: true }),
    })
    const events = [...(await response.text()).matchAll(/^event: (.+)$/gm)].map((match) => match[1])
    expect(events.slice(0, 4)).toEqual(["message_start", "content_block_start", "ping", "content_block_delta"])
    expect(events.slice(-3)).toEqual(["content_block_stop", "message_delta", "message_stop"])
  })

  it("uses a tool, plain and streamed, and answers its result in text", async () => {
    const plain = await anthropic.messages.create({ ...ask, tools })
    const use = plain.content[0]
    if (use?.type !== "tool_use") throw new Error("no tool use")
    expect(plain.stop_reason).toBe("tool_use")
    expect(use.input).toMatchObject({ city: expect.any(String), alert: expect.any(Boolean) })
    const streamed = await anthropic.messages.stream({ ...ask, tools }).finalMessage()
    const again = streamed.content[0]
    if (again?.type !== "tool_use") throw new Error("no tool use")
    expect(again.input).toMatchObject({ city: expect.any(String) })
    const result = { type: "tool_result" as const, tool_use_id: use.id, content: "sunny" }
    const after = await anthropic.messages.create({ ...ask, tools, messages: [{ role: "user", content: [result] }] })
    expect(after.stop_reason).toBe("end_turn")
  })

  it("thinks aloud when asked to, and signs it", async () => {
    const thinking = { type: "enabled" as const, budget_tokens: 1024 }
    const plain = await anthropic.messages.create({ ...ask, max_tokens: 4096, thinking })
    expect(plain.content.map((block) => block.type)).toEqual(["thinking", "text"])
    const streamed = await anthropic.messages.stream({ ...ask, max_tokens: 4096, thinking }).finalMessage()
    expect(streamed.content[0]).toMatchObject({ type: "thinking", signature: expect.stringMatching(/.{20}/) })
    expect(streamed.usage.output_tokens).toBe(48)
  })

  it("tells cached input apart from fresh input", async () => {
    const headers = { "x-simulate": "usage=input:2000;cached:1500;cache-write:300;output:9" }
    const message = await anthropic.messages.create(ask, { headers })
    expect(message.usage).toMatchObject({
      input_tokens: 200,
      cache_read_input_tokens: 1500,
      cache_creation_input_tokens: 300,
      output_tokens: 9,
    })
    const text = "A long handbook. ".repeat(400)
    const system = [{ type: "text" as const, text, cache_control: { type: "ephemeral" as const, ttl: "1h" as const } }]
    const { usage } = await anthropic.messages.create({ ...ask, system })
    expect(
      (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation?.ephemeral_1h_input_tokens ?? 0),
    ).toBeGreaterThan(1000)
  })

  it("takes images, counts tokens and lists models", async () => {
    const source = { type: "base64" as const, media_type: "image/png" as const, data: "AAAA" }
    const messages = [{ role: "user" as const, content: [{ type: "image" as const, source }] }]
    expect((await anthropic.messages.create({ ...ask, messages })).usage.input_tokens).toBe(261)
    expect((await anthropic.messages.countTokens({ model: ask.model, messages })).input_tokens).toBe(261)
    const names: string[] = []
    for await (const model of anthropic.models.list()) names.push(model.id)
    expect(names).toContain("claude-haiku-4-5")
  })

  it("raises its own error classes for every refusal", async () => {
    const wrong = new Anthropic({ apiKey: "sk-invalid", baseURL: simulator.url, maxRetries: 0 })
    await expect(wrong.messages.create(ask)).rejects.toThrow(Anthropic.AuthenticationError)
    const overloaded = { headers: { "x-simulate": "fault=529" } }
    await expect(anthropic.messages.create(ask, overloaded)).rejects.toMatchObject({
      status: 529,
      error: { type: "error", error: { type: "overloaded_error" } },
    })
    await expect(anthropic.messages.create({ ...ask, model: "does-not-exist" })).rejects.toThrow(
      Anthropic.NotFoundError,
    )
    await expect(anthropic.messages.create({ ...ask, max_tokens: 300_000, stream: true })).rejects.toThrow(
      /exceed context limit/,
    )
    const empty = anthropic.messages.create({ ...ask, messages: [] })
    await expect(empty).rejects.toThrow(Anthropic.BadRequestError)
  })

  it("raises an error that arrives inside a stream", async () => {
    const stream = anthropic.messages.stream(ask, { headers: { "x-simulate": "fault=error-event" } })
    await expect(stream.finalMessage()).rejects.toThrow(/Overloaded/)
  })
})
