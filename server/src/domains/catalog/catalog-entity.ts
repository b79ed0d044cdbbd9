import type { MatchLogic } from "@pydantic/genai-prices"
import { providerNames } from "@sluice/protocol/providers"
import type { CatalogEntity } from "@sluice/protocol/snapshot"
import { isLiveName } from "./is-live-name.ts"
import { exactNames } from "./model-match.ts"

/** A model as far as finding its provider needs it. */
export interface RoutableModel {
  readonly provider: string
  readonly name: string
  readonly deprecated: boolean
  readonly match: MatchLogic
}

/**
 * How names newer than the catalog, or derived from it, tell their provider: by the families each provider alone names so.
 * Tried in order.
 */
const families: readonly { readonly pattern: string; readonly provider: string }[] = [
  { pattern: "claude-*", provider: "anthropic" },
  { pattern: "openai/gpt-oss-*", provider: "groq" },
  ...[
    "gpt-*",
    "chatgpt-*",
    "ft:*",
    "o1*",
    "o3*",
    "o4*",
    "text-embedding-*",
    "codex-*",
    "computer-use-*",
    "whisper-1",
    "tts-*",
    "dall-e-*",
    "omni-moderation-*",
    "text-moderation-*",
    "davinci-002",
    "babbage-002",
  ].map((pattern) => ({ pattern, provider: "openai" })),
  ...["gemini-*", "models/gemini-*", "gemma-*", "embedding-001"].map((pattern) => ({ pattern, provider: "gemini" })),
  ...[
    "whisper-large-*",
    "distil-whisper-*",
    "llama-*",
    "llama3-*",
    "meta-llama/*",
    "qwen/*",
    "moonshotai/*",
    "groq/*",
  ].map((pattern) => ({
    pattern,
    provider: "groq",
  })),
  ...["mistral-*", "ministral-*", "magistral-*", "codestral*", "devstral*", "pixtral-*", "voxtral-*", "open-mi*"].map(
    (pattern) => ({ pattern, provider: "mistral" }),
  ),
  { pattern: "deepseek-*", provider: "deepseek" },
  { pattern: "grok-*", provider: "xai" },
]

/** Order in which providers are asked; one that is not among them comes last. */
const rank = (provider: string): number => {
  const position = (providerNames as readonly string[]).indexOf(provider)
  return position < 0 ? providerNames.length : position
}

/**
 * The catalog as the gateway holds it: the exact names of each provider's models, and the families. Providers stand in the
 * order in which they are asked and names are sorted, so that the same catalog always gives the same entity. Azure is left
 * out: there a name is a deployment's, and says nothing of the model.
 */
export function toCatalogEntity(models: readonly RoutableModel[]): CatalogEntity {
  const names = new Map<string, Set<string>>()
  const live = new Map<string, Set<string>>()
  for (const model of models) {
    if (model.provider === "azure") continue
    const known = names.get(model.provider) ?? new Set<string>()
    const shown = live.get(model.provider) ?? new Set<string>()
    for (const name of [model.name, ...exactNames(model.match)]) {
      known.add(name)
      if (isLiveName(model, name)) shown.add(name)
    }
    names.set(model.provider, known)
    live.set(model.provider, shown)
  }
  const hidden = (provider: string, known: ReadonlySet<string>): string[] =>
    [...known].filter((name) => !live.get(provider)?.has(name)).sort()
  const sorted = [...names].sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1))
  return {
    kind: "catalog",
    id: "catalog",
    models: Object.fromEntries(sorted.map(([provider, known]) => [provider, [...known].sort()])),
    unlisted: Object.fromEntries(sorted.map(([provider, known]) => [provider, hidden(provider, known)])),
    patterns: [...families],
  }
}
