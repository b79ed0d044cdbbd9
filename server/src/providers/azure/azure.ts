import type { Provider } from "../provider.ts"

/**
 * Azure OpenAI (learn.microsoft.com/azure/ai-foundry/openai/reference): OpenAI's dialect at an endpoint of the customer's
 * own, where models go by the names of their deployments.
 */
export const azure: Provider = {
  contract: 1,
  name: "azure",
  title: "Azure OpenAI",
  protocol: "openai",
  baseUrl: null,
  credentialHeader: "api-key",
  credentialPrefix: "",
  probe: { path: "/openai/v1/models", headers: {} },
}
