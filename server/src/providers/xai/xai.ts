import type { Provider } from "../provider.ts"

/** xAI (docs.x.ai): OpenAI's dialect; reasoning is told beside the completion, not inside it. */
export const xai: Provider = {
  contract: 1,
  name: "xai",
  title: "xAI",
  protocol: "openai",
  baseUrl: "https://api.x.ai",
  credentialHeader: "authorization",
  credentialPrefix: "Bearer ",
  probe: { path: "/v1/models", headers: {} },
}
