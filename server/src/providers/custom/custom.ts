import type { Provider } from "../provider.ts"

/** Any server that speaks OpenAI's dialect; its root stands in the credential, so its name can be anything. */
export const custom: Provider = {
  contract: 1,
  name: "custom",
  title: "Custom (OpenAI-compatible)",
  protocol: "openai",
  baseUrl: null,
  credentialHeader: "authorization",
  credentialPrefix: "Bearer ",
  probe: { path: "/v1/models", headers: {} },
}
