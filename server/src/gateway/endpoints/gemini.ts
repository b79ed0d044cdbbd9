import { type Endpoint, modelCall } from "./endpoint.ts"

const gemini = (method: string, more: Pick<Endpoint, "operation" | "format" | "alwaysStreams">): Endpoint => ({
  ...modelCall,
  route: `/v1beta/models/{model}:${method}`,
  protocol: "gemini",
  ...more,
})

const generate = { operation: "chat", format: "gemini-generate" } as const
const embed = { operation: "embeddings", format: "gemini-embed", alwaysStreams: false } as const

/** Gemini's methods on a model, by what stands after the colon: https://ai.google.dev/api */
export const geminiMethods: ReadonlyMap<string, Endpoint> = new Map([
  ["generateContent", gemini("generateContent", { ...generate, alwaysStreams: false })],
  ["streamGenerateContent", gemini("streamGenerateContent", { ...generate, alwaysStreams: true })],
  [
    "countTokens",
    gemini("countTokens", { operation: "count_tokens", format: "gemini-count-tokens", alwaysStreams: false }),
  ],
  ["embedContent", gemini("embedContent", embed)],
  ["batchEmbedContents", gemini("batchEmbedContents", embed)],
])
