import type { MatchLogic } from "@pydantic/genai-prices"
import type { CatalogEntity } from "@sluice/protocol/snapshot"
import { exactNames } from "./model-match.ts"

/** A model as far as finding its provider needs it. */
export interface RoutableModel {
  readonly provider: string
  readonly name: string
  readonly match: MatchLogic
}

/**
 * How names newer than the catalog, or derived from it, tell their provider: by the families each provider alone names so.
 * Tried in order.
 */
const families: readonly { readonly pattern: string; readonly provider: string }[] = [
  { pattern: "claude-*", provider: "anthropic" },
  { pattern: "openai/gpt-oss-*", provider: "groq" },
  ...["gpt-*", "chatgpt-*", "ft:*", "o1*", "o3*", "o4*", "text-embedding-*", "codex-*", "computer-use-*"].map(
    (pattern) => ({ pattern, provider: "openai" }),
  ),
  ...["gemini-*", "models/gemini-*", "gemma-*", "embedding-001"].map((pattern) => ({ pattern, provider: "gemini" })),
  ...["llama-*", "llama3-*", "meta-llama/*", "qwen/*", "moonshotai/*", "groq/*"].map((pattern) => ({
    pattern,
    provider: "groq",
  })),
]

/**
 * The catalog as the gateway holds it: the exact names of each provider's models, and the families. Providers and names
 * are sorted, so that the same catalog always gives the same entity.
 */
export function toCatalogEntity(models: readonly RoutableModel[]): CatalogEntity {
  const names = new Map<string, Set<string>>()
  for (const model of models) {
    const known = names.get(model.provider) ?? new Set<string>()
    for (const name of [model.name, ...exactNames(model.match)]) known.add(name)
    names.set(model.provider, known)
  }
  const sorted = [...names].sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    kind: "catalog",
    id: "catalog",
    models: Object.fromEntries(sorted.map(([provider, known]) => [provider, [...known].sort()])),
    patterns: [...families],
  }
}
