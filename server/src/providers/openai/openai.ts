import type { Provider } from "../provider.ts"

/** OpenAI's own API (platform.openai.com/docs/api-reference). */
export const openai: Provider = {
  contract: 1,
  name: "openai",
  title: "OpenAI",
  protocol: "openai",
  baseUrl: "https://api.openai.com",
  credentialHeader: "authorization",
  credentialPrefix: "Bearer ",
  probe: { path: "/v1/models", headers: {} },
}
