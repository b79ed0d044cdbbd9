import { type Endpoint, modelCall } from "./endpoint.ts"

/** OpenAI Embeddings: https://platform.openai.com/docs/api-reference/embeddings */
export const embeddings: Endpoint = {
  ...modelCall,
  route: "/v1/embeddings",
  protocol: "openai",
  operation: "embeddings",
  format: "openai-embeddings",
}
