import type { Provider } from "../provider.ts"

/** The router of Hugging Face's Inference Providers (huggingface.co/docs/inference-providers): OpenAI's dialect. */
export const huggingface: Provider = {
  contract: 1,
  name: "huggingface",
  title: "Hugging Face",
  protocol: "openai",
  baseUrl: "https://router.huggingface.co",
  credentialHeader: "authorization",
  credentialPrefix: "Bearer ",
  probe: { path: "/v1/models", headers: {}, isOpen: true },
}
