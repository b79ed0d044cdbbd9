import type { ProviderName } from "@sluice/protocol/providers"
import type { VariableName } from "./config-variables.ts"

/** Which variables hold a provider's key, the more specific name first. */
export const credentialVariables = [
  ["OPENAI_API_KEY", "openai"],
  ["ANTHROPIC_API_KEY", "anthropic"],
  ["GEMINI_API_KEY", "gemini"],
  ["GOOGLE_API_KEY", "gemini"],
  ["GROQ_API_KEY", "groq"],
  ["MISTRAL_API_KEY", "mistral"],
  ["DEEPSEEK_API_KEY", "deepseek"],
  ["XAI_API_KEY", "xai"],
  ["TOGETHER_API_KEY", "together"],
  ["OPENROUTER_API_KEY", "openrouter"],
  ["HF_TOKEN", "huggingface"],
  ["OLLAMA_API_KEY", "ollama"],
  ["AZURE_OPENAI_API_KEY", "azure"],
] as const satisfies readonly (readonly [VariableName, ProviderName])[]

/** Which variable overrides a provider's root. */
export const baseUrlVariables = {
  openai: "SLUICE_PROVIDER_OPENAI_BASE_URL",
  anthropic: "SLUICE_PROVIDER_ANTHROPIC_BASE_URL",
  gemini: "SLUICE_PROVIDER_GEMINI_BASE_URL",
  groq: "SLUICE_PROVIDER_GROQ_BASE_URL",
  mistral: "SLUICE_PROVIDER_MISTRAL_BASE_URL",
  deepseek: "SLUICE_PROVIDER_DEEPSEEK_BASE_URL",
  xai: "SLUICE_PROVIDER_XAI_BASE_URL",
  together: "SLUICE_PROVIDER_TOGETHER_BASE_URL",
  openrouter: "SLUICE_PROVIDER_OPENROUTER_BASE_URL",
  huggingface: "SLUICE_PROVIDER_HUGGINGFACE_BASE_URL",
  ollama: "SLUICE_PROVIDER_OLLAMA_BASE_URL",
  azure: "SLUICE_PROVIDER_AZURE_BASE_URL",
  custom: "SLUICE_PROVIDER_CUSTOM_BASE_URL",
} as const satisfies Readonly<Record<ProviderName, VariableName>>
