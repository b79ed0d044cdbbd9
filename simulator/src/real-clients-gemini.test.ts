import { GoogleGenAI, Type } from "@google/genai"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Simulator, startSimulator } from "./simulator.ts"
import { collect } from "./testing/collect.ts"

let simulator: Simulator
let gemini: GoogleGenAI

beforeAll(async () => {
  simulator = await startSimulator({})
  gemini = new GoogleGenAI({ apiKey: "any-key", httpOptions: { baseUrl: simulator.url } })
})
afterAll(() => simulator.close())

const ask = { model: "gemini-2.0-flash", contents: "Hello there" }
const declaration = {
  name: "get_weather",
  parameters: { type: Type.OBJECT, properties: { city: { type: Type.STRING }, days: { type: Type.INTEGER } } },
}

describe("the Gemini client", () => {
  it("reads a plain answer with its usage", async () => {
    const answer = await gemini.models.generateContent(ask)
    expect(answer.text).toMatch(/\S/)
    expect(answer.candidates?.[0]?.finishReason).toBe("STOP")
    expect(answer.usageMetadata).toMatchObject({ promptTokenCount: 6, candidatesTokenCount: 32, totalTokenCount: 38 })
  })

  it("reads a stream whose last chunk has the final counts", async () => {
    const chunks = await collect(await gemini.models.generateContentStream(ask))
    expect(chunks.length).toBe(32)
    expect(chunks.at(-1)?.usageMetadata?.candidatesTokenCount).toBe(32)
    expect(chunks.at(-1)?.candidates?.[0]?.finishReason).toBe("STOP")
  })

  it("counts thoughts apart from the answer, and shows them when asked", async () => {
    const config = { thinkingConfig: { includeThoughts: true } }
    const answer = await gemini.models.generateContent({ ...ask, model: "gemini-2.5-pro", config })
    expect(answer.usageMetadata).toMatchObject({ candidatesTokenCount: 32, thoughtsTokenCount: 16 })
    expect(answer.candidates?.[0]?.content?.parts?.[0]?.thought).toBe(true)
    const chunks = await collect(await gemini.models.generateContentStream({ ...ask, model: "gemini-2.5-pro", config }))
    expect(chunks.at(-1)?.usageMetadata).toMatchObject({ candidatesTokenCount: 32, thoughtsTokenCount: 16 })
  })

  it("calls a function, plain and streamed", async () => {
    const config = { tools: [{ functionDeclarations: [declaration] }] }
    const plain = await gemini.models.generateContent({ ...ask, config })
    expect(plain.functionCalls?.[0]).toMatchObject({ name: "get_weather", args: { city: expect.any(String) } })
    const chunks = await collect(await gemini.models.generateContentStream({ ...ask, config }))
    expect(chunks.at(-1)?.functionCalls?.[0]?.name).toBe("get_weather")
  })

  it("writes JSON that fits its schema dialect", async () => {
    const responseSchema = { type: Type.ARRAY, items: { type: Type.OBJECT, properties: { n: { type: Type.INTEGER } } } }
    const config = { responseMimeType: "application/json", responseSchema }
    const answer = await gemini.models.generateContent({ ...ask, config })
    expect(JSON.parse(answer.text ?? "")).toEqual([{ n: expect.any(Number) }])
  })

  it("takes images, counts tokens, embeds and lists models", async () => {
    const contents = [{ role: "user", parts: [{ inlineData: { mimeType: "image/png", data: "AAAA" } }] }]
    expect((await gemini.models.countTokens({ model: ask.model, contents })).totalTokens).toBe(261)
    const embedded = await gemini.models.embedContent({ model: "gemini-embedding-001", contents: ["one", "two"] })
    expect(embedded.embeddings?.map((entry) => entry.values?.length)).toEqual([768, 768])
    const names: (string | undefined)[] = []
    for await (const model of await gemini.models.list()) names.push(model.name)
    expect(names).toContain("models/gemini-2.5-flash")
    expect((await gemini.models.get({ model: "gemini-2.5-pro" })).inputTokenLimit).toBe(1_048_576)
  })

  it("embeds a single text by its own method", async () => {
    const response = await fetch(`${simulator.url}/v1beta/models/gemini-embedding-001:embedContent?key=any`, {
      method: "POST",
      body: JSON.stringify({ content: { parts: [{ text: "one" }] }, outputDimensionality: 4 }),
    })
    expect(await response.json()).toMatchObject({ embedding: { values: [1, 2, 3, 4].map(() => expect.any(Number)) } })
  })

  it("streams a JSON array to a caller that does not ask for events", async () => {
    const response = await fetch(`${simulator.url}/v1beta/models/gemini-2.0-flash:streamGenerateContent`, {
      method: "POST",
      headers: { "x-goog-api-key": "any" },
      body: JSON.stringify({ contents: [{ parts: [{ text: "Hello" }] }] }),
    })
    expect(response.headers.get("content-type")).toBe("application/json")
    expect(await response.json()).toHaveLength(32)
  })

  it("raises the service's error shape for every refusal", async () => {
    const wrong = new GoogleGenAI({ apiKey: "invalid", httpOptions: { baseUrl: simulator.url } })
    await expect(wrong.models.generateContent(ask)).rejects.toThrow(/UNAUTHENTICATED/)
    await expect(gemini.models.generateContent({ ...ask, model: "does-not-exist" })).rejects.toThrow(/NOT_FOUND/)
    const config = { maxOutputTokens: 9_000_000 }
    await expect(gemini.models.generateContent({ ...ask, config })).rejects.toThrow(
      /exceeds the maximum number of tokens/,
    )
    const empty = gemini.models.generateContent({ ...ask, contents: [] })
    await expect(empty).rejects.toThrow(/contents|content/)
    const limited = { httpOptions: { headers: { "x-simulate": "fault=429" } } }
    await expect(gemini.models.generateContent({ ...ask, config: limited })).rejects.toThrow(/RESOURCE_EXHAUSTED/)
  })
})
