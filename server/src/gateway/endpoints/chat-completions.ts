import type { Endpoint } from "./endpoint.ts"

/** OpenAI Chat Completions: https://platform.openai.com/docs/api-reference/chat */
export const chatCompletions: Endpoint = {
  route: "/v1/chat/completions",
  protocol: "openai",
  operation: "chat",
  format: "openai-chat",
  modelIn: "body",
  alwaysStreams: false,
}
