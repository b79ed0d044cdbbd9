import type { AnswerEncoding } from "../../server/src/gateway/answer-tap.ts"

export * from "../../server/src/gateway/answer-tap.ts"

/** Stands in for its namesake: no answer has an encoding that is read, so no copy of an answer is read. */
export const toAnswerEncoding = (_header: string | null): AnswerEncoding | null => null
