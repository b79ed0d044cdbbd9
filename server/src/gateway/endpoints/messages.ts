import { type Endpoint, modelCall } from "./endpoint.ts"

/** Anthropic Messages: https://docs.anthropic.com/en/api/messages */
export const messages: Endpoint = {
  ...modelCall,
  route: "/v1/messages",
  protocol: "anthropic",
  operation: "chat",
  format: "anthropic-messages",
}

/** Anthropic token counting: https://docs.anthropic.com/en/api/messages-count-tokens */
export const countMessageTokens: Endpoint = {
  ...modelCall,
  route: "/v1/messages/count_tokens",
  protocol: "anthropic",
  operation: "count_tokens",
  format: "anthropic-count-tokens",
}
