import type { Provider } from "../provider.ts"

/**
 * OpenRouter (openrouter.ai/docs): OpenAI's dialect, names like `anthropic/claude-sonnet-4`. Its list of models is public, so a key is
 * tried by asking about the key.
 */
export const openrouter: Provider = {
  contract: 1,
  name: "openrouter",
  title: "OpenRouter",
  protocol: "openai",
  baseUrl: "https://openrouter.ai/api",
  credentialHeader: "authorization",
  credentialPrefix: "Bearer ",
  probe: { path: "/v1/key", headers: {} },
}
