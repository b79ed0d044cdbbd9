import type { Provider } from "../provider.ts"

/** Mistral (docs.mistral.ai/api): OpenAI's dialect, with content in parts where a model reasons. */
export const mistral: Provider = {
  contract: 1,
  name: "mistral",
  title: "Mistral",
  protocol: "openai",
  baseUrl: "https://api.mistral.ai",
  credentialHeader: "authorization",
  credentialPrefix: "Bearer ",
  probe: { path: "/v1/models", headers: {} },
}
