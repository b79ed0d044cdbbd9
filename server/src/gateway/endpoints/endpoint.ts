import type { Operation, Protocol } from "@sluice/protocol/providers"
import type { AnswerFormat } from "../../providers/provider.ts"

/** A route whose requests go to a provider. */
export interface Endpoint {
  /** The route as documented and recorded; `{model}` where the path names one. */
  readonly route: string
  readonly protocol: Protocol
  readonly operation: Operation
  /** How to read its answers; null where the gateway answers itself. */
  readonly format: AnswerFormat | null
  /** Where the request says which model: a JSON key, or the path. */
  readonly modelIn: "body" | "path"
  /** Whether the path alone makes the answer a stream (Gemini); otherwise the body's `stream` does. */
  readonly alwaysStreams: boolean
}
