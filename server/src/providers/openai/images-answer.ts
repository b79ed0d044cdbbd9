import type { AnswerDialect } from "../answer-dialect.ts"
import { toText } from "../json-value.ts"
import { noteOpenaiUsage } from "./openai-usage.ts"

/**
 * Images (`openai/resources/images: ImagesResponse, ImageGenCompletedEvent, ImageEditCompletedEvent`): GPT's image models
 * tell tokens, older ones nothing. In a stream the partial images count for nothing and the last event tells.
 */
export const imagesAnswer: AnswerDialect = {
  protocol: "openai",
  outline: { members: ["usage", "error"], list: null },
  readEvent(event, notes) {
    noteOpenaiUsage(event.usage, notes)
    return toText(event.b64_json) !== null
  },
  readBody(body, notes) {
    noteOpenaiUsage(body.usage, notes)
  },
}
