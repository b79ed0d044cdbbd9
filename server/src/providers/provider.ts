import type { ErrorCategory } from "@sluice/protocol/error-codes"
import type { UsageRecord } from "@sluice/protocol/exchange-record"
import type { Protocol, ProviderName } from "@sluice/protocol/providers"

/**
 * What a provider is to us: data, and where to put its credential. Providers know their own wire format and nothing of
 * the gateway; the transport is ours.
 */
export interface Provider {
  readonly contract: 1
  readonly name: ProviderName
  readonly title: string
  /** The wire format it speaks. */
  readonly protocol: Protocol
  /** The root before `/v1` (before `/v1beta` for Gemini), without a trailing slash; null where a credential names it. */
  readonly baseUrl: string | null
  /** The lower-case header that carries a stored credential. */
  readonly credentialHeader: "authorization" | "x-api-key" | "api-key" | "x-goog-api-key"
  /** What stands before the secret in that header: `Bearer ` or nothing. */
  readonly credentialPrefix: "Bearer " | ""
  /**
   * Path below the root for one cheap authenticated call (listing models), and headers that it needs. `isOpen`: whoever asks is
   * answered, so that an answer proves the root and not the secret.
   */
  readonly probe: {
    readonly path: string
    readonly headers: Readonly<Record<string, string>>
    readonly isOpen?: boolean
  }
}

/** The answers that can be read. One per route whose answer carries usage. */
export type AnswerFormat =
  | "openai-chat"
  | "openai-responses"
  | "openai-embeddings"
  | "openai-completions"
  | "openai-images"
  | "openai-transcription"
  | "rerank"
  | "anthropic-messages"
  | "anthropic-count-tokens"
  | "gemini-generate"
  | "gemini-count-tokens"
  | "gemini-embed"

/** What a reader learned from an answer. Everything it did not find is null. */
export interface AnswerFacts {
  readonly usage: UsageRecord | null
  /** The model that answered, as the provider names it. */
  readonly model: string | null
  /** In our words (`stop`, `length`, `tool_calls`, `content_filter`), else the provider's own. */
  readonly finishReason: string | null
  /** An error the provider put inside a 200 (an error event in a stream), or the body of a failed answer. */
  readonly error: AnswerError | null
  /**
   * The text the model wrote (content, refusals, tool-call arguments, visible reasoning), for counting when there is no
   * usage; empty once usage was seen, and cut at `answerTextCap` with `textCut` set.
   */
  readonly text: string
  readonly textCut: boolean
  /** True when some part was not what the format promises (not JSON, a wrong type where a count should be). */
  readonly unreadable: boolean
}

export interface AnswerError {
  readonly category: ErrorCategory
  /** The provider's own code or type, at most 64 characters; null when it gave none. */
  readonly code: string | null
}

/**
 * Reads one answer while (or after) it is relayed; a copy, so nothing it does can touch the bytes. Never throws.
 * A stream is given event by event, anything else as one body.
 */
export interface AnswerReader {
  /** One server-sent event, or one element of a Gemini JSON array. True when it carried model output (a "token"). */
  readEvent(data: string): boolean
  /** A whole answer that is not a stream, inflated. */
  readBody(body: Buffer): void
  facts(): AnswerFacts
}

/** Characters of answer text kept for counting; past it the count is an estimate. */
export const answerTextCap = 256 * 1024
