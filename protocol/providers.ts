/** Providers a credential can be for. `custom` is any OpenAI-compatible server, named by its base URL. */
export const providerNames = ["openai", "anthropic", "gemini", "groq", "custom"] as const

export type ProviderName = (typeof providerNames)[number]

/** Wire formats a client can speak to the gateway. */
export const protocols = ["openai", "anthropic", "gemini"] as const

export type Protocol = (typeof protocols)[number]

/** The kind of LLM work an endpoint does (OpenTelemetry `gen_ai.operation.name`). */
export const operations = ["chat", "embeddings", "count_tokens", "models"] as const

export type Operation = (typeof operations)[number]

/** A provider as the API describes it. */
export interface ProviderBody {
  readonly name: ProviderName
  readonly title: string
  readonly protocol: Protocol
  /** The root before `/v1` or `/v1beta`; null for `custom`, whose credential names it. */
  readonly base_url: string | null
}
