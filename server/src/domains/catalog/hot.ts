import type { CatalogEntity } from "@sluice/protocol/snapshot"

/** The catalog as the gateway looks things up in it. Immutable: a new catalog is a new index. */
export interface CatalogIndex {
  readonly modelsByProvider: ReadonlyMap<string, readonly string[]>
  /** Exact name → provider; the provider listed first when several serve it. */
  readonly providerOfModel: ReadonlyMap<string, string>
  readonly patterns: readonly { readonly prefix: string; readonly suffix: string; readonly provider: string }[]
}

/** Builds the index; patterns keep their order, and only their first `*` counts. */
export function indexCatalog(entity: Pick<CatalogEntity, "models" | "patterns">): CatalogIndex {
  const providerOfModel = new Map<string, string>()
  for (const [provider, names] of Object.entries(entity.models)) {
    for (const name of names) if (!providerOfModel.has(name)) providerOfModel.set(name, provider)
  }
  return {
    modelsByProvider: new Map(Object.entries(entity.models)),
    providerOfModel,
    patterns: entity.patterns.map(({ pattern, provider }) => {
      const star = pattern.indexOf("*")
      return star < 0
        ? { prefix: pattern, suffix: "", provider }
        : { prefix: pattern.slice(0, star), suffix: pattern.slice(star + 1), provider }
    }),
  }
}

export const emptyCatalog: CatalogIndex = indexCatalog({ models: {}, patterns: [] })

/** Who serves a model. `unknown` is true when only a pattern says so: newer than the catalog, and without a price. */
export interface DetectedProvider {
  readonly provider: string
  readonly unknown: boolean
}

/** The provider of a model by its exact name, else by the first pattern it fits; null when nothing says. */
export function detectProvider(catalog: CatalogIndex, model: string): DetectedProvider | null {
  const exact = catalog.providerOfModel.get(model)
  if (exact !== undefined) return { provider: exact, unknown: false }
  for (const { prefix, suffix, provider } of catalog.patterns) {
    if (model.length >= prefix.length + suffix.length && model.startsWith(prefix) && model.endsWith(suffix)) {
      return { provider, unknown: true }
    }
  }
  return null
}

/** Names longer than this are not compared: no model has one, and comparing costs their length squared. */
const longestCompared = 64
const farthest = 6

/** The `count` catalog names nearest to a misspelt one, nearest first; none farther than a handful of edits. */
export function nearestModels(catalog: CatalogIndex, model: string, count: number): readonly string[] {
  if (model.length > longestCompared) return []
  const near: { readonly name: string; readonly distance: number }[] = []
  for (const name of catalog.providerOfModel.keys()) {
    if (name.length > longestCompared || Math.abs(name.length - model.length) > farthest) continue
    const distance = editDistance(name, model)
    if (distance <= farthest) near.push({ name, distance })
  }
  near.sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
  return near.slice(0, count).map(({ name }) => name)
}

/** Levenshtein's distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(substitution, (row[j] as number) + 1, (next[j - 1] as number) + 1))
    }
    row = next
  }
  return row[b.length] as number
}
