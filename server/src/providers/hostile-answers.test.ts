import { UsageRecord } from "@sluice/protocol/exchange-record"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type AnswerFormat, answerTextCap } from "./provider.ts"
import { createAnswerReader } from "./registry.ts"

const formats: readonly AnswerFormat[] = [
  "openai-chat",
  "openai-responses",
  "openai-embeddings",
  "anthropic-messages",
  "anthropic-count-tokens",
  "gemini-generate",
  "gemini-count-tokens",
  "gemini-embed",
]

/** The names that readers look at, so that arbitrary JSON gets deep into them. */
const names = fc.constantFrom(
  ..."type model usage choices delta message content finish_reason index error code status response output input".split(
    " ",
  ),
  ..."prompt_tokens completion_tokens total_tokens prompt_tokens_details cached_tokens input_tokens output_tokens".split(
    " ",
  ),
  ..."cache_creation cache_read_input_tokens cache_creation_input_tokens ephemeral_5m_input_tokens text x_groq".split(
    " ",
  ),
  ..."usageMetadata promptTokenCount candidatesTokenCount thoughtsTokenCount totalTokenCount candidates parts".split(
    " ",
  ),
  ..."finishReason promptFeedback functionCall args tool_calls function arguments reasoning item details reason".split(
    " ",
  ),
  ..."constructor __proto__ toString".split(" "),
)
const words = fc.constantFrom(
  ..."message_start message_delta content_block_delta content_block_start text_delta response.completed error".split(
    " ",
  ),
  ..."completed incomplete text tool_use STOP constructor __proto__ end_turn".split(" "),
)
const odd = fc.constantFrom(-1, 1.5, 1e300, 2 ** 53, 2 ** 53 - 1, -0, 0, 7, "7", "", null, true)
const { value: hostile } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 6, depthSize: "large" },
    odd,
    words,
    fc.dictionary(names, tie("value"), { maxKeys: 8 }),
    fc.array(tie("value"), { maxLength: 3 }),
  ),
}))

describe("answer readers given anything", () => {
  it.each(formats)("never throw and never tell a count that is none (%s)", (format) => {
    fc.assert(
      fc.property(fc.array(hostile, { maxLength: 4 }), hostile, (events, body) => {
        const reader = createAnswerReader(format)
        for (const event of events) expect(typeof reader.readEvent(JSON.stringify(event) ?? "")).toBe("boolean")
        reader.readBody(Buffer.from(JSON.stringify(body) ?? ""))
        const { usage, text, finishReason } = reader.facts()
        if (usage !== null) expect(UsageRecord.safeParse(usage).success).toBe(true)
        expect(typeof text).toBe("string")
        expect(finishReason === null || finishReason.length <= 64).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it.each(formats)("say that they could not read what is not JSON (%s)", (format) => {
    for (const text of ["{", "nonsense", "[1]", "7", "\ud800"]) {
      const reader = createAnswerReader(format)
      expect(reader.readEvent(text)).toBe(false)
      expect(reader.facts().unreadable).toBe(true)
      const whole = createAnswerReader(format)
      whole.readBody(Buffer.from(text))
      expect(whole.facts().unreadable).toBe(true)
    }
  })

  it("take the end of a stream and empty events for what they are", () => {
    const reader = createAnswerReader("openai-chat")
    for (const data of ["[DONE]", "", " [DONE]"]) expect(reader.readEvent(data)).toBe(false)
    expect(reader.facts().unreadable).toBe(false)
  })

  const wrong = [-1, 1.5, "12", 2 ** 53, true, {}, [], Number.MAX_VALUE]

  it.each([
    ["openai-chat", (count: unknown) => ({ usage: { prompt_tokens: count, completion_tokens: 5 } })],
    [
      "openai-chat",
      (count: unknown) => ({
        usage: { prompt_tokens: 9, completion_tokens: 5, prompt_tokens_details: { cached_tokens: count } },
      }),
    ],
    ["openai-responses", (count: unknown) => ({ usage: { input_tokens: 9, output_tokens: count } })],
    ["openai-embeddings", (count: unknown) => ({ usage: { prompt_tokens: count } })],
    ["anthropic-messages", (count: unknown) => ({ usage: { input_tokens: count, output_tokens: 5 } })],
    [
      "anthropic-messages",
      (count: unknown) => ({ usage: { input_tokens: 9, output_tokens: 5, cache_read_input_tokens: count } }),
    ],
    ["anthropic-count-tokens", (count: unknown) => ({ input_tokens: count })],
    ["gemini-generate", (count: unknown) => ({ usageMetadata: { promptTokenCount: 9, thoughtsTokenCount: count } })],
    ["gemini-count-tokens", (count: unknown) => ({ totalTokens: count })],
    ["gemini-embed", (count: unknown) => ({ usageMetadata: { promptTokenCount: count } })],
  ] as const)("refuse the whole usage for one count that cannot be (%s)", (format, body) => {
    for (const count of wrong) {
      const reader = createAnswerReader(format)
      reader.readBody(Buffer.from(JSON.stringify(body(count))))
      expect(reader.facts()).toMatchObject({ usage: null, unreadable: true })
    }
  })

  it("refuse a part that is larger than its whole, and sums that no longer count by one", () => {
    const facts = (format: AnswerFormat, body: object) => {
      const reader = createAnswerReader(format)
      reader.readBody(Buffer.from(JSON.stringify(body)))
      return reader.facts()
    }
    const refused = { usage: null, unreadable: true }
    const details = { prompt_tokens_details: { cached_tokens: 10 } }
    expect(facts("openai-chat", { usage: { prompt_tokens: 9, completion_tokens: 5, ...details } })).toMatchObject(
      refused,
    )
    const most = Number.MAX_SAFE_INTEGER
    const cached = { cache_read_input_tokens: most }
    expect(facts("anthropic-messages", { usage: { input_tokens: 1, output_tokens: 1, ...cached } })).toMatchObject(
      refused,
    )
    const less = { promptTokenCount: 9, totalTokenCount: 5 }
    expect(facts("gemini-generate", { usageMetadata: less })).toMatchObject(refused)
  })

  it("take a usage without counts for no usage", () => {
    for (const usage of [null, {}, { total_tokens: 5 }]) {
      const reader = createAnswerReader("openai-chat")
      reader.readBody(Buffer.from(JSON.stringify({ usage })))
      expect(reader.facts()).toMatchObject({ usage: null, unreadable: false })
    }
  })

  it("keep text up to the cap and say that it was cut", () => {
    const reader = createAnswerReader("openai-chat")
    const event = JSON.stringify({ choices: [{ index: 0, delta: { content: "x".repeat(100_000) } }] })
    for (let i = 0; i < 4; i += 1) reader.readEvent(event)
    expect(reader.facts().text).toHaveLength(answerTextCap)
    expect(reader.facts().textCut).toBe(true)
  })
})

describe("answer readers given large answers", () => {
  const vector = Array.from({ length: 1536 }, (_, i) => Math.sin(i))
  const embeddings = (count: number) =>
    Buffer.from(
      JSON.stringify({
        object: "list",
        data: Array.from({ length: count }, (_, index) => ({ object: "embedding", index, embedding: vector })),
        model: "text-embedding-3-small",
        usage: { prompt_tokens: 8, total_tokens: 8 },
      }),
    )

  it("find usage and model in 8 MB of vectors without parsing them", () => {
    const body = embeddings(270)
    expect(body.length).toBeGreaterThan(8_000_000)
    const reader = createAnswerReader("openai-embeddings")
    reader.readBody(body)
    expect(reader.facts()).toMatchObject({ usage: { input: 8 }, model: "text-embedding-3-small", unreadable: false })
  })

  it("find the finish reason of a long answer", () => {
    const content = 'long "text" \\ '.repeat(30_000)
    const chat = createAnswerReader("openai-chat")
    chat.readBody(
      Buffer.from(
        JSON.stringify({
          model: "m",
          choices: [{ index: 0, message: { content }, finish_reason: "length" }],
          usage: { prompt_tokens: 1, completion_tokens: 2 },
        }),
      ),
    )
    expect(chat.facts()).toMatchObject({ finishReason: "length", usage: { input: 1, output: 2 }, text: "" })
    const gemini = createAnswerReader("gemini-generate")
    gemini.readBody(
      Buffer.from(
        JSON.stringify({
          candidates: [{ content: { parts: [{ text: content }] }, finishReason: "MAX_TOKENS" }],
          usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 2 },
        }),
      ),
    )
    expect(gemini.facts()).toMatchObject({ finishReason: "length", usage: { input: 1, output: 2 } })
    const responses = createAnswerReader("openai-responses")
    responses.readBody(
      Buffer.from(
        JSON.stringify({
          status: "completed",
          output: [{ type: "function_call", arguments: content }],
          usage: { input_tokens: 1, output_tokens: 2 },
        }),
      ),
    )
    expect(responses.facts()).toMatchObject({ finishReason: "tool_calls", usage: { input: 1, output: 2 } })
  })

  it("read the text of a long answer without usage, and say so when it is too long for that", () => {
    const answer = (length: number) => {
      const reader = createAnswerReader("openai-chat")
      const choices = [{ index: 0, message: { content: "x".repeat(length) }, finish_reason: "stop" }]
      reader.readBody(Buffer.from(JSON.stringify({ choices })))
      return reader.facts()
    }
    expect(answer(500_000)).toMatchObject({ usage: null, textCut: true, finishReason: "stop" })
    expect(answer(500_000).text).toHaveLength(answerTextCap)
    expect(answer(2_000_000)).toMatchObject({ usage: null, text: "", textCut: true, finishReason: "stop" })
  })

  it("do not take a usage the size of a book for one", () => {
    const reader = createAnswerReader("openai-chat")
    reader.readBody(Buffer.from(JSON.stringify({ usage: { prompt_tokens: "9".repeat(400_000) }, choices: [] })))
    expect(reader.facts()).toMatchObject({ usage: null, unreadable: true })
  })
})
