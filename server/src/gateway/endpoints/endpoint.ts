import type { Operation, Protocol } from "@sluice/protocol/providers"
import type { AnswerFormat } from "../../providers/provider.ts"

export type Method = "GET" | "POST" | "DELETE"

/** A route whose requests go to a provider. */
export interface Endpoint {
  /** The route as documented and recorded; `{model}` where the path names one. */
  readonly route: string
  readonly methods: readonly Method[]
  readonly protocol: Protocol
  readonly operation: Operation
  /** How to read its answers; null where there is nothing to read, or the gateway answers itself. */
  readonly format: AnswerFormat | null
  /** Whether the path alone makes the answer a stream (Gemini); otherwise the body's `stream` does. */
  readonly alwaysStreams: boolean
  /**
   * Whether a request may come without a model: a body that is no JSON is streamed on as it comes, and a request without
   * one has none. Otherwise the body is JSON, or the path names the model.
   */
  readonly passesThrough: boolean
}

/** What most endpoints are: a POST whose body, or path, names the model. */
export const modelCall = { methods: ["POST"], alwaysStreams: false, passesThrough: false } as const
