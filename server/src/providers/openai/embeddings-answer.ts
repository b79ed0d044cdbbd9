import type { AnswerDialect } from "../answer-dialect.ts"
import { noteOpenaiUsage } from "./openai-usage.ts"

/** Embeddings (`openai/resources/embeddings: CreateEmbeddingResponse`): an input and nothing written. */
export const embeddingsAnswer: AnswerDialect = {
  protocol: "openai",
  outline: { members: ["model", "usage", "error"], list: null },
  readEvent: () => false,
  readBody(body, notes) {
    notes.noteModel(body.model)
    noteOpenaiUsage(body.usage, notes)
  },
}
