import type { Provider } from "../provider.ts"

/** Together AI (docs.together.ai/docs/inference/openai-compatibility): OpenAI's dialect, `/v1/rerank` beside it. */
export const together: Provider = {
  contract: 1,
  name: "together",
  title: "Together AI",
  protocol: "openai",
  baseUrl: "https://api.together.ai",
  credentialHeader: "authorization",
  credentialPrefix: "Bearer ",
  probe: { path: "/v1/models", headers: {} },
}
