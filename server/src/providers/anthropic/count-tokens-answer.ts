import type { AnswerDialect } from "../answer-dialect.ts"
import { noteAnthropicUsage } from "./anthropic-usage.ts"

/** The count of a prompt that was not sent (`MessageTokensCount`): an input and nothing written. */
export const countTokensAnswer: AnswerDialect = {
  protocol: "anthropic",
  outline: { members: ["input_tokens", "error"], list: null },
  readEvent: () => false,
  readBody(body, notes) {
    noteAnthropicUsage({ input_tokens: body.input_tokens }, notes)
  },
}
