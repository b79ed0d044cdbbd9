import type { AnswerDialect } from "./answer-dialect.ts"
import { toObject } from "./json-value.ts"
import { noteOpenaiUsage } from "./openai/openai-usage.ts"

/**
 * Reranking, which is nobody's standard: Jina, Voyage and Together tell `usage` (some of them a total and nothing else),
 * Cohere `meta.tokens`. What Cohere bills are searches, which no count of tokens is.
 */
export const rerankAnswer: AnswerDialect = {
  protocol: "openai",
  outline: { members: ["model", "usage", "meta", "error"], list: null },
  readEvent: () => false,
  readBody(body, notes) {
    notes.noteModel(body.model)
    const usage = toObject(body.usage)
    const tokens = toObject(toObject(body.meta).tokens)
    const input = usage.prompt_tokens ?? usage.total_tokens ?? tokens.input_tokens
    noteOpenaiUsage({ prompt_tokens: input }, notes)
  },
}
