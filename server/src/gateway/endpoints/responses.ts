import { type Endpoint, modelCall } from "./endpoint.ts"

/** OpenAI Responses: https://platform.openai.com/docs/api-reference/responses */
export const responses: Endpoint = {
  ...modelCall,
  route: "/v1/responses",
  protocol: "openai",
  operation: "chat",
  format: "openai-responses",
}
