import { contextWindow } from "./prompt.ts"

/** The models the simulator lists. It answers for any name that does not contain `does-not-exist`. */
export const openAiModels = [
  "gpt-4o",
  "gpt-4o-mini",
  "gpt-4.1",
  "gpt-4.1-mini",
  "gpt-5",
  "gpt-5-mini",
  "gpt-5.4-mini",
  "o3-mini",
  "text-embedding-3-small",
  "text-embedding-3-large",
] as const

/** Groq's, listed under `/openai/v1`. */
export const groqModels = ["llama-3.3-70b-versatile", "llama-3.1-8b-instant", "openai/gpt-oss-20b"] as const

/** Anthropic's. */
export const anthropicModels = ["claude-opus-5", "claude-sonnet-5", "claude-sonnet-4-6", "claude-haiku-4-5"] as const

/** Gemini's. */
export const geminiModels = ["gemini-2.5-pro", "gemini-2.5-flash", "gemini-2.0-flash", "gemini-embedding-001"] as const

const createdAt = 1_735_689_600

/** `GET /v1/models`, or one of them. */
export function renderOpenAiModels(dialect: { readonly groq: boolean }, id: string | null): string {
  const present = (name: string) => ({
    id: name,
    object: "model",
    created: createdAt,
    owned_by: dialect.groq ? "Groq" : "system",
  })
  if (id !== null) return JSON.stringify(present(id))
  return JSON.stringify({ object: "list", data: (dialect.groq ? groqModels : openAiModels).map(present) })
}

/** `GET /v1/models` as Anthropic answers it, or one of them. */
export function renderAnthropicModels(id: string | null): string {
  const present = (name: string) => ({
    type: "model",
    id: name,
    display_name: name,
    created_at: new Date(createdAt * 1000).toISOString(),
  })
  if (id !== null) return JSON.stringify(present(id))
  const data = anthropicModels.map(present)
  return JSON.stringify({ data, has_more: false, first_id: anthropicModels[0], last_id: anthropicModels.at(-1) })
}

/** `GET /v1beta/models`, or one of them. */
export function renderGeminiModels(id: string | null): string {
  const present = (name: string) => ({
    name: `models/${name}`,
    version: "001",
    displayName: name,
    inputTokenLimit: contextWindow(name),
    outputTokenLimit: 65_536,
    supportedGenerationMethods: name.includes("embedding")
      ? ["embedContent", "countTokens"]
      : ["generateContent", "countTokens"],
  })
  return JSON.stringify(id === null ? { models: geminiModels.map(present) } : present(id))
}
