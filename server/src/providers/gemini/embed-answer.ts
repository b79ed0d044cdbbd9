import type { AnswerDialect } from "../answer-dialect.ts"
import { toObject } from "../json-value.ts"
import { noteGeminiUsage } from "./gemini-usage.ts"

/**
 * `embedContent` and `batchEmbedContents`: newer models tell what the input came to in `usageMetadata`, older ones
 * nothing at all. Nothing is written, so no output is known.
 */
export const embedAnswer: AnswerDialect = {
  protocol: "gemini",
  outline: { members: ["usageMetadata", "error"], list: null },
  readEvent: () => false,
  readBody(body, notes) {
    const { promptTokenCount, promptTokensDetails } = toObject(body.usageMetadata)
    noteGeminiUsage({ promptTokenCount, promptTokensDetails }, notes)
  },
}
