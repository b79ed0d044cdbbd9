/** Which error event a stream's format has. */
export type StreamFormat = "chat" | "responses" | "anthropic" | "gemini-sse" | "gemini-json"

/** An answer in a provider's words: one body, or the events of a stream, each as it goes on the wire. */
export type Rendered =
  | {
      readonly kind: "plain"
      readonly body: string | Buffer
      /** Where it is no JSON. */
      readonly contentType?: string
      /** Tokens a model would have taken its time to write; absent where none writes (lists, embeddings, refusals). */
      readonly tokens?: number
    }
  | { readonly kind: "stream"; readonly format: StreamFormat; readonly events: readonly string[] }
