import type { Endpoint } from "./endpoint.ts"

/** OpenAI Responses: https://platform.openai.com/docs/api-reference/responses */
export const responses: Endpoint = {
  route: "/v1/responses",
  protocol: "openai",
  operation: "chat",
  format: "openai-responses",
  modelIn: "body",
  alwaysStreams: false,
}
