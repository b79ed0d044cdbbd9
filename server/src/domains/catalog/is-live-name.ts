import { matchesGlob } from "../identity/hot.ts"
import type { RoutableModel } from "./catalog-entity.ts"
import { exactNames } from "./model-match.ts"

/**
 * Names that the price source knows and no caller can use today: what providers have shut down, and other people's spellings.
 * platform.openai.com/docs/deprecations, docs.anthropic.com/en/docs/about-claude/model-deprecations,
 * ai.google.dev/gemini-api/docs/deprecations, console.groq.com/docs/deprecations, docs.mistral.ai/getting-started/models
 */
const dead: Readonly<Record<string, readonly string[]>> = {
  openai: [
    ...["ada", "babbage", "curie", "davinci", "text-ada-*", "text-babbage-*", "text-curie-*", "text-davinci-*"],
    ...["gpt-3.5-0301", "gpt-3.5-turbo-0301", "gpt-3.5-turbo-0613", "gpt-3.5-turbo-16k*", "gpt-35-*"],
    ...["gpt-4-32k*", "gpt-4-0314", "gpt-4-vision-preview", "gpt-4-1106-vision-preview", "gpt-4.5-preview*"],
    ...["o1-mini*", "o1-preview*", "*:extended", "*-high", "gpt-oss-*", "ft:*", "*.ft-*"],
    // The version with dashes is how others write it.
    ...["1", "2", "3", "4", "5", "6"].flatMap((minor) => [`gpt-5-${minor}`, `gpt-5-${minor}-*`]),
  ],
  anthropic: [
    "claude-v1*",
    "claude-instant*",
    "claude-2*",
    "claude-3-sonnet*",
    "claude-3-opus*",
    "claude-3-5-*",
    "claude-3-7-*",
  ],
  gemini: ["gemini-1.*", "gemini-pro*", "gemini-flash-1.5*", "gemini-2.5-flash-preview-0*", "*:thinking", "*-maas"],
  groq: [
    ...["gemma-7b-it", "gemma2-9b*", "llama-3.1-70b-*", "llama-3.1-405b-*", "llama-3.2-*", "llama-3.3-70b-specdec"],
    ...["llama2-*", "llama3-*", "mixtral-*", "mistral-saba-*", "deepseek-r1-distill-*", "llama-guard-3-*"],
  ],
  mistral: ["*:free"],
  xai: ["x-ai/*", "grok-2*", "grok-3-beta", "grok-3-*-beta"],
}

/** Whether a name is one that a caller can use today, as far as the catalog knows: it is told, though every name is routed. */
export function isLiveName(model: RoutableModel, name: string): boolean {
  if (model.deprecated) return false
  if ((dead[model.provider] ?? []).some((glob) => matchesGlob(glob, name))) return false
  // A name that the source does not give in full is a family's; with a version in it, it is the family's newest as well.
  return exactNames(model.match).includes(name) || (/\d/.test(name) && !name.endsWith("-"))
}
