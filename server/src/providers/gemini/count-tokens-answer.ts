import type { AnswerDialect } from "../answer-dialect.ts"
import { noteGeminiUsage } from "./gemini-usage.ts"

/** The count of a prompt that was not sent (`CountTokensResponse`): an input and nothing written. */
export const countTokensAnswer: AnswerDialect = {
  protocol: "gemini",
  outline: { members: ["totalTokens", "cachedContentTokenCount", "error"], list: null },
  readEvent: () => false,
  readBody(body, notes) {
    const { totalTokens: promptTokenCount, cachedContentTokenCount } = body
    noteGeminiUsage({ promptTokenCount, cachedContentTokenCount }, notes)
  },
}
