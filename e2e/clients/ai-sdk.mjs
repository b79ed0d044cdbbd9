import { createAnthropic } from "@ai-sdk/anthropic"
import { createGoogleGenerativeAI } from "@ai-sdk/google"
import { createOpenAI } from "@ai-sdk/openai"
import { generateText, jsonSchema, streamText, tool } from "ai"

/**
 * The Vercel AI SDK as its manual shows it, with nothing changed but base URL and key. Prints one JSON object: what each
 * call gave. Reads SLUICE_URL (the gateway's root) and SLUICE_KEY.
 */
const root = process.env.SLUICE_URL
const apiKey = process.env.SLUICE_KEY
const headers = { "x-sluice-feature": "ai-sdk" }
const openai = createOpenAI({ baseURL: `${root}/v1`, apiKey, headers })
const anthropic = createAnthropic({ baseURL: `${root}/v1`, apiKey, headers })
const google = createGoogleGenerativeAI({ baseURL: `${root}/v1beta`, apiKey, headers })
const prompt = "Say hello."
const weather = tool({
  description: "The weather of a city",
  inputSchema: jsonSchema({ type: "object", properties: { city: { type: "string" } }, required: ["city"] }),
})

const models = {
  chat: openai.chat("gpt-4o-mini"),
  responses: openai("gpt-4o-mini"),
  anthropic: anthropic("claude-sonnet-4-6"),
  google: google("gemini-2.5-flash"),
}

const given = {}
for (const [name, model] of Object.entries(models)) {
  const plain = await generateText({ model, prompt, maxRetries: 0 })
  const stream = streamText({ model, prompt, maxRetries: 0 })
  let chunks = 0
  for await (const _ of stream.textStream) chunks += 1
  const usage = await stream.usage
  const called = await generateText({ model, prompt, tools: { weather }, toolChoice: "required", maxRetries: 0 })
  given[name] = {
    text: plain.text,
    usage: plain.usage,
    chunks,
    streamed: await stream.text,
    streamUsage: usage,
    toolCalls: called.toolCalls.map(({ toolName, input }) => ({ toolName, input })),
  }
}
process.stdout.write(JSON.stringify(given))
