import { describe, expect, it } from "vitest"
import type { AnswerFormat } from "../../providers/provider.ts"
import { type CountJob, countTokens, estimateTokens } from "./count-tokens.ts"
import { encodingOf, loadEncoding } from "./encoding.ts"

function job(model: string, request: object | null, answerText = "", format: AnswerFormat = "openai-chat"): CountJob {
  const body = request === null ? null : JSON.stringify(request)
  return { format, model, body, bodyBytes: body === null ? null : Buffer.byteLength(body), answerText, textCut: false }
}

const user = (content: unknown, more: object = {}) => ({ messages: [{ role: "user", content, ...more }] })

/** The example of OpenAI's cookbook, "How to count tokens with tiktoken", §6. */
const cookbook = {
  messages: [
    {
      role: "system",
      content: "You are a helpful, pattern-following assistant that translates corporate jargon into plain English.",
    },
    { role: "system", name: "example_user", content: "New synergies will help drive top-line growth." },
    { role: "system", name: "example_assistant", content: "Things working well together will increase revenue." },
    {
      role: "system",
      name: "example_user",
      content: "Let's circle back when we have more bandwidth to touch base on opportunities for increased leverage.",
    },
    {
      role: "system",
      name: "example_assistant",
      content: "Let's talk later when we're less busy about how to do better.",
    },
    {
      role: "user",
      content: "This late pivot means we don't have time to boil the ocean for the client deliverable.",
    },
  ],
}

describe("token counts", () => {
  // Counted by tiktoken 0.14.0 (Python) with OpenAI's published vocabularies. The first four stand in the cookbook too.
  it.each([
    ["tiktoken is great!", 6, 6],
    ["antidisestablishmentarianism", 6, 6],
    ["2 + 2 = 4", 7, 7],
    ["お誕生日おめでとう", 9, 8],
    ["Hello! How can I assist you today?", 9, 9],
    ["<|endoftext|> is only text here", 11, 11],
    ["function add(a: number, b: number) {\n  return a + b // ∑\n}\n", 21, 21],
    ["👩‍👩‍👧‍👦 family", 19, 12],
    [" ", 1, 1],
    ["a".repeat(100), 13, 13],
  ])("agree with tiktoken on %j", async (text, earlier, current) => {
    expect((await loadEncoding("cl100k_base"))(text)).toBe(earlier)
    expect((await loadEncoding("o200k_base"))(text)).toBe(current)
  })

  it.each([
    // What the cookbook's run of the same example against the API was billed.
    ["gpt-4", 129],
    ["gpt-3.5-turbo", 129],
    ["gpt-4o", 124],
    ["gpt-4o-mini", 124],
  ])("agree with what OpenAI billed for the cookbook's conversation with %s", async (model, tokens) => {
    const count = await countTokens(job(model, cookbook, "tiktoken is great!"))
    expect(count).toEqual({ input: tokens, output: 6, source: "measured" })
  })

  it("count text given in parts like text", async () => {
    const whole = await countTokens(job("gpt-4o", user("Hello there")))
    expect(await countTokens(job("gpt-4o", user([{ type: "text", text: "Hello there" }])))).toEqual(whole)
    expect(whole).toEqual({ input: 9, output: null, source: "measured" })
  })

  it("count instructions and input of the Responses API as messages", async () => {
    const simple = { instructions: "Be brief.", input: "Hello there" }
    const items = {
      instructions: "Be brief.",
      input: [{ role: "user", content: [{ type: "input_text", text: "Hello there" }] }],
    }
    const count = await countTokens(job("gpt-4.1", simple, "Hi", "openai-responses"))
    expect(count).toEqual({ input: 3 + (3 + 1 + 3) + (3 + 1 + 2), output: 1, source: "measured" })
    expect(await countTokens(job("gpt-4.1", items, "Hi", "openai-responses"))).toEqual(count)
  })

  it.each([
    ["an image", user([{ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }])],
    ["audio", user([{ type: "input_audio", input_audio: { data: "AAAA", format: "wav" } }])],
    ["tools", { ...user("Hi"), tools: [{ type: "function", function: { name: "f" } }] }],
    ["a schema", { ...user("Hi"), response_format: { type: "json_schema", json_schema: { name: "s" } } }],
    ["a tool's result", { messages: [{ role: "tool", tool_call_id: "c", content: "4" }] }],
    ["an unknown message", { messages: ["Hi"] }],
  ])("are estimates when the prompt has %s", async (_what, request) => {
    const count = await countTokens(job("gpt-4o", request, "Hello"))
    expect(count.source).toBe("estimated")
    expect(count.input).toBeGreaterThan(0)
  })

  it("are estimates when an earlier conversation is referred to", async () => {
    const request = { input: "And then?", previous_response_id: "resp_1" }
    expect((await countTokens(job("gpt-4o", request, "x", "openai-responses"))).source).toBe("estimated")
  })

  it("are estimates when text was cut off, or the body is not JSON", async () => {
    expect((await countTokens({ ...job("gpt-4o", user("Hi"), "Hello"), textCut: true })).source).toBe("estimated")
    const broken = { ...job("gpt-4o", null, "Hello"), body: "{", bodyBytes: 1 }
    expect(await countTokens(broken)).toEqual({ input: 1, output: 1, source: "estimated" })
  })

  it("find the text of Anthropic's and Gemini's requests, as estimates", async () => {
    const anthropic = {
      system: [{ type: "text", text: "Be brief." }],
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "Hello there" },
            { type: "image", source: {} },
          ],
        },
      ],
    }
    expect(await countTokens(job("claude-sonnet-4-5", anthropic, "Hi", "anthropic-messages"))).toEqual({
      input: 3 + 3 + 1 + 2,
      output: 1,
      source: "estimated",
    })
    const gemini = {
      systemInstruction: { parts: [{ text: "Be brief." }] },
      contents: [{ role: "user", parts: [{ text: "Hello there" }, { inlineData: { data: "AAAA" } }] }],
    }
    expect(await countTokens(job("gemini-2.5-flash", gemini, "Hi", "gemini-generate"))).toEqual({
      input: 3 + 2,
      output: 1,
      source: "estimated",
    })
  })

  it("leave unknown what nothing is known of", async () => {
    const nothing = { input: null, output: null }
    expect(await countTokens(job("gpt-4o", null))).toMatchObject(nothing)
    expect(estimateTokens(job("gpt-4o", null))).toMatchObject(nothing)
  })

  it("are a quarter of the bytes when not counted", () => {
    expect(estimateTokens({ ...job("gpt-4o", null, "héllo"), bodyBytes: 401 })).toEqual({
      input: 101,
      output: 2,
      source: "estimated",
    })
  })
})

describe("vocabularies", () => {
  it.each([
    ["gpt-4o-mini-2024-07-18", "o200k_base", true],
    ["openai/gpt-4.1", "o200k_base", true],
    ["ft:gpt-4o-mini-2024-07-18:acme::abc", "o200k_base", true],
    ["gpt-5-chat-latest", "o200k_base", true],
    ["gpt-4", "cl100k_base", true],
    ["gpt-4-turbo-2024-04-09", "cl100k_base", true],
    ["gpt-3.5-turbo-0125", "cl100k_base", true],
    // Billed for reasoning that is not in the text.
    ["gpt-5-mini", "o200k_base", false],
    ["o3-mini", "o200k_base", false],
    ["llama-3.3-70b-versatile", "o200k_base", false],
    ["", "o200k_base", false],
  ])("fit the model %s", (model, encoding, exact) => {
    expect(encodingOf(model)).toEqual({ encoding, exact })
  })
})
