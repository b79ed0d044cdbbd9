/**
 * Providers a credential can be for, in the order in which they are asked when several serve a model of the same name: those
 * who make models before those who host other people's. `azure` is known by its endpoint, `custom` is any
 * OpenAI-compatible server, named by its base URL.
 */
export const providerNames = [
  "openai",
  "anthropic",
  "gemini",
  "mistral",
  "deepseek",
  "xai",
  "groq",
  "together",
  "openrouter",
  "huggingface",
  "ollama",
  "azure",
  "custom",
] as const

export type ProviderName = (typeof providerNames)[number]

/** Whether a text is a provider's name. */
export const isProviderName = (name: string): name is ProviderName =>
  (providerNames as readonly string[]).includes(name)

/** Wire formats a client can speak to the gateway. */
export const protocols = ["openai", "anthropic", "gemini"] as const

export type Protocol = (typeof protocols)[number]

/** The kind of LLM work an endpoint does (OpenTelemetry `gen_ai.operation.name`, and words of its kind where it has none). */
export const operations = [
  "chat",
  "completions",
  "embeddings",
  "images",
  "audio",
  "moderations",
  "rerank",
  "files",
  "batches",
  "count_tokens",
  "models",
] as const

export type Operation = (typeof operations)[number]

/** A provider as the API describes it. */
export interface ProviderBody {
  readonly name: ProviderName
  readonly title: string
  readonly protocol: Protocol
  /** The root before `/v1` or `/v1beta`; null for `azure` and `custom`, whose credential names it. */
  readonly base_url: string | null
}
