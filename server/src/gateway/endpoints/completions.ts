import { type Endpoint, modelCall } from "./endpoint.ts"

/** OpenAI's older completions: https://platform.openai.com/docs/api-reference/completions */
export const completions: Endpoint = {
  ...modelCall,
  route: "/v1/completions",
  protocol: "openai",
  operation: "completions",
  format: "openai-completions",
}
