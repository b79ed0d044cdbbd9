import { type Endpoint, modelCall } from "./endpoint.ts"

/** OpenAI Chat Completions: https://platform.openai.com/docs/api-reference/chat */
export const chatCompletions: Endpoint = {
  ...modelCall,
  route: "/v1/chat/completions",
  protocol: "openai",
  operation: "chat",
  format: "openai-chat",
}
