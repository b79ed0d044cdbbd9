import type { Provider } from "../provider.ts"

/** DeepSeek (api-docs.deepseek.com): OpenAI's dialect; cached input is told as `prompt_cache_hit_tokens`. */
export const deepseek: Provider = {
  contract: 1,
  name: "deepseek",
  title: "DeepSeek",
  protocol: "openai",
  baseUrl: "https://api.deepseek.com",
  credentialHeader: "authorization",
  credentialPrefix: "Bearer ",
  probe: { path: "/v1/models", headers: {} },
}
