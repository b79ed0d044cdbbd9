import type { Provider } from "../provider.ts"

/** The Gemini API of Google AI (ai.google.dev/api), not Vertex AI, whose paths and credentials are others. */
export const gemini: Provider = {
  contract: 1,
  name: "gemini",
  title: "Google Gemini",
  protocol: "gemini",
  baseUrl: "https://generativelanguage.googleapis.com",
  credentialHeader: "x-goog-api-key",
  credentialPrefix: "",
  probe: { path: "/v1beta/models?pageSize=1", headers: {} },
}
