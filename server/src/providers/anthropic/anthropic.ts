import type { Provider } from "../provider.ts"

/** Anthropic's Messages API (docs.anthropic.com/en/api); every call must name a version of it. */
export const anthropic: Provider = {
  contract: 1,
  name: "anthropic",
  title: "Anthropic",
  protocol: "anthropic",
  baseUrl: "https://api.anthropic.com",
  credentialHeader: "x-api-key",
  credentialPrefix: "",
  probe: { path: "/v1/models?limit=1", headers: { "anthropic-version": "2023-06-01" } },
}
