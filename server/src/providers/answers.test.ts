import { readdirSync, readFileSync } from "node:fs"
import { UsageRecord } from "@sluice/protocol/exchange-record"
import { providerNames } from "@sluice/protocol/providers"
import { describe, expect, it } from "vitest"
import { JsonArraySplitter } from "./json-array-splitter.ts"
import type { AnswerFacts, AnswerFormat } from "./provider.ts"
import { createAnswerReader, providers } from "./registry.ts"
import { SseParser } from "./sse-parser.ts"

const folder = new URL("./", import.meta.url)
const load = (file: string): Buffer => readFileSync(new URL(file.replace("/", "/recorded/"), folder))

interface Reading {
  readonly facts: AnswerFacts
  /** For each event of a stream, whether it carried model output. */
  readonly tokens: readonly boolean[]
}

function read(format: AnswerFormat, file: string, body: Buffer = load(file)): Reading {
  const reader = createAnswerReader(format)
  const tokens: boolean[] = []
  const onEvent = (data: string): void => void tokens.push(reader.readEvent(data))
  if (file.endsWith(".sse")) new SseParser((_event, data) => onEvent(data)).push(body)
  else if (file.endsWith(".array.json")) new JsonArraySplitter(onEvent).push(body)
  else reader.readBody(body)
  return { facts: reader.facts(), tokens }
}

const nothing = {
  input: null,
  output: null,
  cache_read: null,
  cache_write_5m: null,
  cache_write_1h: null,
  reasoning: null,
  audio_input: null,
  audio_output: null,
}
/** OpenAI tells its details even when they are zero. */
const openai = { ...nothing, cache_read: 0, reasoning: 0, audio_input: 0, audio_output: 0 }
const responses = { ...nothing, cache_read: 0, cache_write_5m: 0, reasoning: 0 }
const anthropic = { ...nothing, cache_read: 0, cache_write_5m: 0, cache_write_1h: 0 }

type Expected = readonly [file: string, finish: string | null, usage: Partial<UsageRecord> | null, tokens?: string]

/** `tokens` marks with 1 each event of a stream that carried model output. */
const table: Readonly<Record<AnswerFormat, readonly Expected[]>> = {
  "openai-chat": [
    ["openai/chat-plain.json", "stop", { ...openai, input: 19, output: 10 }],
    ["openai/chat-tools.json", "tool_calls", { ...openai, input: 82, output: 17 }],
    [
      "openai/chat-reasoning-cached.json",
      "length",
      { ...openai, input: 2006, output: 300, cache_read: 1920, reasoning: 256 },
    ],
    ["openai/chat-refusal.json", "stop", { ...openai, input: 81, output: 11 }],
    ["openai/chat-audio.json", "stop", { ...openai, input: 117, output: 45, audio_input: 96, audio_output: 33 }],
    ["openai/chat-plain.sse", "stop", { ...openai, input: 19, output: 4 }, "011000"],
    ["openai/chat-no-usage.sse", "stop", null, "01100"],
    ["openai/chat-tools.sse", "tool_calls", { ...openai, input: 61, output: 15 }, "111000"],
    ["openai/chat-error.sse", null, null, "10"],
    ["groq/chat-plain.json", "stop", { ...nothing, input: 18, output: 556 }],
    ["groq/chat-reasoning.json", "stop", { ...nothing, input: 18, output: 556, reasoning: 500 }],
    ["groq/chat-x-groq.sse", "stop", { ...nothing, input: 18, output: 556 }, "0100"],
    ["groq/chat-usage.sse", "stop", { ...nothing, input: 18, output: 556 }, "011000"],
    ["custom/chat-reasoning-outside.json", "stop", { ...openai, input: 32, output: 103, cache_read: 6, reasoning: 94 }],
    ["custom/chat-parts.json", "stop", null],
    ["custom/chat-running-usage.sse", "stop", { ...nothing, input: 11, output: 3 }, "011100"],
    ["mistral/chat-plain.json", "stop", { ...nothing, input: 16, output: 34 }],
    ["mistral/chat-thinking.json", "stop", { ...nothing, input: 11, output: 57 }],
    ["deepseek/chat-cached.json", "stop", { ...nothing, input: 2016, output: 10, cache_read: 1920 }],
    ["deepseek/chat-reasoning.json", "stop", { ...nothing, input: 19, output: 120, cache_read: 0, reasoning: 96 }],
    ["xai/chat-reasoning.json", "stop", { ...openai, input: 32, output: 103, cache_read: 6, reasoning: 94 }],
    ["together/chat-plain.json", "stop", { ...nothing, input: 28, output: 3 }],
    ["openrouter/chat-plain.json", "stop", { ...nothing, input: 14, output: 163, cache_read: 0, reasoning: 64 }],
    ["huggingface/chat-plain.json", "stop", { ...nothing, input: 17, output: 5 }],
    ["ollama/chat-plain.json", "stop", { ...nothing, input: 26, output: 3 }],
    ["azure/chat-plain.json", "stop", { ...openai, input: 33, output: 557 }],
    ["azure/chat-filtered-first.sse", "stop", { ...nothing, input: 33, output: 1 }, "001000"],
  ],
  "openai-responses": [
    ["openai/responses-plain.json", "stop", { ...responses, input: 36, output: 87 }],
    [
      "openai/responses-tools-reasoning.json",
      "tool_calls",
      { ...responses, input: 291, output: 152, cache_read: 256, reasoning: 128 },
    ],
    ["openai/responses-refusal.json", "stop", { ...responses, input: 40, output: 8 }],
    ["openai/responses-incomplete.json", "length", { ...responses, input: 36, output: 16 }],
    ["openai/responses-plain.sse", "stop", { ...responses, input: 37, output: 11 }, "00001100"],
    ["openai/responses-tools.sse", "tool_calls", { ...responses, input: 291, output: 23, reasoning: 10 }, "0011110"],
    ["openai/responses-failed.sse", "failed", null, "000"],
    ["openai/responses-error.sse", null, null, "000"],
  ],
  "openai-completions": [
    ["openai/completions-plain.json", "length", { ...nothing, input: 5, output: 7 }],
    ["openai/completions-plain.sse", "stop", { ...nothing, input: 5, output: 2 }, "11000"],
  ],
  "openai-images": [
    ["openai/images-plain.json", null, { ...nothing, input: 50, output: 50 }],
    ["openai/images-url.json", null, null],
    ["openai/images-stream.sse", null, { ...nothing, input: 50, output: 50 }, "11"],
  ],
  "openai-transcription": [
    ["openai/transcription-plain.json", null, { ...nothing, input: 14, output: 101, audio_input: 4 }],
    ["openai/transcription-duration.json", null, null],
    ["openai/transcription-stream.sse", null, { ...nothing, input: 14, output: 45, audio_input: 14 }, "110"],
  ],
  rerank: [
    ["together/rerank-plain.json", null, { ...nothing, input: 1837 }],
    ["custom/rerank-total.json", null, { ...nothing, input: 815 }],
    ["custom/rerank-searches.json", null, null],
  ],
  "openai-embeddings": [["openai/embeddings-plain.json", null, { ...nothing, input: 8 }]],
  "anthropic-messages": [
    ["anthropic/messages-plain.json", "stop", { ...anthropic, input: 2095, output: 503 }],
    [
      "anthropic/messages-cached.json",
      "stop",
      { ...nothing, input: 2397, output: 9, cache_read: 1920, cache_write_5m: 400, cache_write_1h: 56 },
    ],
    [
      "anthropic/messages-cached-older.json",
      "stop",
      { ...nothing, input: 188107, output: 393, cache_read: 0, cache_write_5m: 188086 },
    ],
    ["anthropic/messages-tools-thinking.json", "tool_calls", { ...anthropic, input: 472, output: 89, reasoning: 40 }],
    ["anthropic/messages-refusal.json", "content_filter", { ...anthropic, input: 500, output: 3 }],
    ["anthropic/messages-plain.sse", "stop", { ...anthropic, input: 25, output: 15 }, "00011000"],
    [
      "anthropic/messages-tools-cached.sse",
      "tool_calls",
      {
        ...nothing,
        input: 1349,
        output: 89,
        cache_read: 1024,
        cache_write_5m: 100,
        cache_write_1h: 200,
        reasoning: 12,
      },
      "001001011000",
    ],
    ["anthropic/messages-server-tool.sse", "stop", { ...anthropic, input: 10682, output: 510 }, "01001000"],
    // Cut before its last counts: what was written is not known.
    ["anthropic/messages-cut.sse", null, { ...anthropic, input: 25 }, "001"],
    ["anthropic/messages-error.sse", null, { ...anthropic, input: 25 }, "0010"],
    ["anthropic/messages-refusal.sse", "content_filter", { ...anthropic, input: 25, output: 2 }, "00000"],
  ],
  "anthropic-count-tokens": [["anthropic/count-tokens-plain.json", null, { ...nothing, input: 2095 }]],
  "gemini-generate": [
    ["gemini/generate-plain.json", "stop", { ...nothing, input: 8, output: 12 }],
    [
      "gemini/generate-thoughts-cached.json",
      "stop",
      { ...nothing, input: 5000, output: 100, cache_read: 4096, reasoning: 90 },
    ],
    ["gemini/generate-tools.json", "tool_calls", { ...nothing, input: 50, output: 14 }],
    ["gemini/generate-tool-use.json", "stop", { ...nothing, input: 620, output: 45, reasoning: 30 }],
    ["gemini/generate-only-thoughts.json", "length", { ...nothing, input: 8, output: 100, reasoning: 100 }],
    ["gemini/generate-audio.json", "stop", { ...nothing, input: 300, output: 3, audio_input: 288 }],
    ["gemini/generate-blocked.json", "content_filter", { ...nothing, input: 7, output: 0 }],
    ["gemini/generate-refusal.json", "content_filter", { ...nothing, input: 8, output: 1 }],
    ["gemini/generate-plain.sse", "stop", { ...nothing, input: 12, output: 29, reasoning: 20 }, "111"],
    ["gemini/generate-plain.array.json", "stop", { ...nothing, input: 12, output: 29, reasoning: 20 }, "111"],
    ["gemini/generate-tools.sse", "tool_calls", { ...nothing, input: 50, output: 14 }, "10"],
    ["gemini/generate-error.array.json", null, { ...nothing, input: 12, output: 24, reasoning: 20 }, "10"],
  ],
  "gemini-count-tokens": [["gemini/count-tokens-plain.json", null, { ...nothing, input: 31 }]],
  "gemini-embed": [
    ["gemini/embed-plain.json", null, null],
    ["gemini/embed-usage.json", null, { ...nothing, input: 9 }],
  ],
}

const rows = Object.entries(table).flatMap(([format, list]) =>
  list.map(([file, finish, usage, tokens]) => ({ format: format as AnswerFormat, file, finish, usage, tokens })),
)

describe("answer readers", () => {
  it.each(rows)("read $file", ({ format, file, finish, usage, tokens }) => {
    const { facts, tokens: seen } = read(format, file)
    expect(facts.usage).toEqual(usage)
    expect(facts.finishReason).toBe(finish)
    expect(facts.unreadable).toBe(false)
    if (tokens !== undefined) expect(seen.map(Number).join("")).toBe(tokens)
    if (facts.usage !== null) expect(UsageRecord.safeParse(facts.usage).success).toBe(true)
    if (facts.usage?.output != null) expect(facts.text).toBe("")
  })

  it("are tested on every recorded answer", () => {
    const named = new Set(rows.map(({ file }) => file))
    for (const name of providerNames) {
      const files = readdirSync(new URL(`${name}/recorded/`, folder)).filter((file) => !/^(error-|README)/.test(file))
      expect(files.length).toBeGreaterThan(0)
      for (const file of files) expect(named).toContain(`${name}/${file}`)
    }
  })

  it.each(rows.filter(({ file }) => /\.sse$/.test(file)))("read $file cut anywhere without a wrong total", (row) => {
    const bytes = load(row.file)
    const complete = row.usage?.output ?? null
    for (let end = 0; end < bytes.length; end += 7) {
      const { facts } = read(row.format, row.file, bytes.subarray(0, end))
      expect(facts.unreadable).toBe(false)
      const running = /running|gemini/.test(row.file)
      if (!running && facts.usage?.output != null) expect(facts.usage.output).toBe(complete)
    }
  })

  it("name the model that answered", () => {
    const model = (format: AnswerFormat, file: string) => read(format, file).facts.model
    expect(model("openai-chat", "openai/chat-plain.sse")).toBe("gpt-4o-mini-2024-07-18")
    expect(model("openai-responses", "openai/responses-plain.sse")).toBe("gpt-4.1-2025-04-14")
    expect(model("openai-embeddings", "openai/embeddings-plain.json")).toBe("text-embedding-ada-002")
    expect(model("anthropic-messages", "anthropic/messages-plain.sse")).toBe("claude-sonnet-4-5-20250929")
    expect(model("gemini-generate", "gemini/generate-plain.sse")).toBe("gemini-2.5-flash")
  })

  it("keep the text while nobody has counted it", () => {
    const text = (format: AnswerFormat, file: string) => read(format, file).facts.text
    expect(text("openai-chat", "openai/chat-no-usage.sse")).toBe("Hello there")
    expect(text("openai-chat", "custom/chat-parts.json")).toBe("Bonjour")
    expect(text("anthropic-messages", "anthropic/messages-cut.sse")).toBe("Hello")
  })

  it("keep every kind of text: reasoning, refusals and the arguments of calls", () => {
    const without = (file: string) => {
      const body = JSON.parse(load(file).toString()) as Record<string, unknown>
      return Buffer.from(JSON.stringify({ ...body, usage: undefined, usageMetadata: undefined }))
    }
    const text = (format: AnswerFormat, file: string) => read(format, file, without(file)).facts.text
    expect(text("openai-chat", "openai/chat-tools.json")).toBe('{\n"location": "Boston, MA"\n}')
    expect(text("openai-chat", "openai/chat-refusal.json")).toBe("I'm sorry, I cannot help with that.")
    expect(text("openai-chat", "openai/chat-audio.json")).toBe("Good morning.")
    expect(text("openai-chat", "custom/chat-reasoning-outside.json")).toBe("Multiply.101 * 3 is 303.")
    expect(text("openai-chat", "groq/chat-reasoning.json")).toBe("Count the r's.3")
    expect(text("openai-responses", "openai/responses-tools-reasoning.json")).toBe('Look it up.{"location":"Boston"}')
    expect(text("openai-responses", "openai/responses-refusal.json")).toBe("I can't help with that.")
    expect(text("anthropic-messages", "anthropic/messages-tools-thinking.json")).toBe(
      'They want the weather.Let me check.{"location":"San Francisco, CA"}',
    )
    expect(text("gemini-generate", "gemini/generate-thoughts-cached.json")).toBe("Considering.42")
    expect(text("gemini-generate", "gemini/generate-tools.json")).toBe('{"city":"Paris"}')
  })

  it("tell of an error inside an answer that began well", () => {
    const error = (format: AnswerFormat, file: string) => read(format, file).facts.error
    expect(error("openai-chat", "openai/chat-error.sse")).toEqual({ category: "provider_5xx", code: "server_error" })
    expect(error("openai-responses", "openai/responses-failed.sse")).toEqual({
      category: "provider_5xx",
      code: "server_error",
    })
    expect(error("openai-responses", "openai/responses-error.sse")).toEqual({
      category: "rate_limit",
      code: "rate_limit_exceeded",
    })
    expect(error("anthropic-messages", "anthropic/messages-error.sse")).toEqual({
      category: "provider_5xx",
      code: "overloaded_error",
    })
    expect(error("gemini-generate", "gemini/generate-error.array.json")).toEqual({
      category: "provider_5xx",
      code: "UNAVAILABLE",
    })
    expect(error("openai-chat", "openai/chat-plain.sse")).toBeNull()
  })
})

describe("providers", () => {
  it("are listed under their own names, with roots that end before the version", () => {
    for (const name of providerNames) {
      const provider = providers[name]
      expect(provider.name).toBe(name)
      expect(provider.baseUrl ?? "https://example.com").toMatch(/^https?:\/\/[^/]+(\/openai|\/api)?$/)
      expect(provider.probe.path).toMatch(/^(\/openai)?\/v1(beta)?\/(models|key)/)
    }
  })
})
