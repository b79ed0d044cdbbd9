import type { Provider } from "../provider.ts"

/** Groq (console.groq.com/docs/openai): OpenAI's dialect, with usage also in `x_groq` at the end of older streams. */
export const groq: Provider = {
  contract: 1,
  name: "groq",
  title: "Groq",
  protocol: "openai",
  baseUrl: "https://api.groq.com/openai",
  credentialHeader: "authorization",
  credentialPrefix: "Bearer ",
  probe: { path: "/v1/models", headers: {} },
}
