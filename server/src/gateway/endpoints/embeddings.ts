import type { Endpoint } from "./endpoint.ts"

/** OpenAI Embeddings: https://platform.openai.com/docs/api-reference/embeddings */
export const embeddings: Endpoint = {
  route: "/v1/embeddings",
  protocol: "openai",
  operation: "embeddings",
  format: "openai-embeddings",
  modelIn: "body",
  alwaysStreams: false,
}
