import type { Provider } from "../provider.ts"

/**
 * Ollama (docs.ollama.com/api/openai-compatibility): OpenAI's dialect, on this machine unless a base URL says otherwise. A local server
 * takes any secret; ollama.com takes its own keys.
 */
export const ollama: Provider = {
  contract: 1,
  name: "ollama",
  title: "Ollama",
  protocol: "openai",
  baseUrl: "http://127.0.0.1:11434",
  credentialHeader: "authorization",
  credentialPrefix: "Bearer ",
  probe: { path: "/v1/models", headers: {}, isOpen: true },
}
