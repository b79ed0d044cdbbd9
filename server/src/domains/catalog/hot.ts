import type { CatalogEntity } from "@sluice/protocol/snapshot"
import { matchesGlob } from "../identity/hot.ts"

export { CustomModelTable, type HotCustomModel } from "./hot-custom-models.ts"

/** The catalog as the gateway looks things up in it. Immutable: a new catalog is a new index. */
export interface CatalogIndex {
  readonly modelsByProvider: ReadonlyMap<string, readonly string[]>
  /** Those of them that a caller is shown. */
  readonly listedModels: ReadonlyMap<string, readonly string[]>
  /** Exact name → those who serve it, in the order in which they are asked. */
  readonly providersOfModel: ReadonlyMap<string, readonly string[]>
  /** `*` globs, tried in order. */
  readonly patterns: readonly { readonly pattern: string; readonly provider: string }[]
}

/** Builds the index; providers and patterns keep their order. */
export function indexCatalog(entity: Pick<CatalogEntity, "models" | "unlisted" | "patterns">): CatalogIndex {
  const providersOfModel = new Map<string, string[]>()
  const listedModels = new Map<string, readonly string[]>()
  for (const [provider, names] of Object.entries(entity.models)) {
    const unlisted = new Set(entity.unlisted?.[provider])
    listedModels.set(provider, unlisted.size === 0 ? names : names.filter((name) => !unlisted.has(name)))
    for (const name of names) {
      const known = providersOfModel.get(name)
      if (known) known.push(provider)
      else providersOfModel.set(name, [provider])
    }
  }
  return {
    modelsByProvider: new Map(Object.entries(entity.models)),
    listedModels,
    providersOfModel,
    patterns: entity.patterns,
  }
}

export const emptyCatalog: CatalogIndex = indexCatalog({ models: {}, patterns: [] })

const nobody: readonly string[] = []

/** Those who serve a model of exactly this name, in the order in which they are asked; none when it is not listed. */
export function providersOf(catalog: CatalogIndex, model: string): readonly string[] {
  return catalog.providersOfModel.get(model) ?? nobody
}

/** The provider whose families a name fits that is newer than the catalog; null when nothing says. */
export function familyOf(catalog: CatalogIndex, model: string): string | null {
  for (const { pattern, provider } of catalog.patterns) if (matchesGlob(pattern, model)) return provider
  return null
}

/** Names longer than this are not compared: no model has one. */
const longestCompared = 64
const farthest = 6

/**
 * The `count` catalog names nearest to a misspelt one, nearest first; none farther than a handful of edits, whatever the
 * case. Costs a bounded number of steps a name, because anybody with a key may ask as often as they like.
 */
export function nearestModels(catalog: CatalogIndex, model: string, count: number): readonly string[] {
  if (model.length > longestCompared) return []
  const asked = model.toLowerCase()
  const near: { readonly name: string; readonly distance: number }[] = []
  for (const name of catalog.providersOfModel.keys()) {
    if (name.length > longestCompared) continue
    const distance = editDistance(name.toLowerCase(), asked)
    if (distance <= farthest) near.push({ name, distance })
  }
  near.sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
  return near.slice(0, count).map(({ name }) => name)
}

const tooFar = farthest + 1

/**
 * Levenshtein's distance up to `farthest`, else more than that. Only the diagonal band that can stay below it is filled,
 * and a row with nothing near ends it (Ukkonen 1985).
 */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > farthest) return tooFar
  let row = new Uint8Array(b.length + 1).fill(tooFar)
  let next = new Uint8Array(b.length + 1)
  for (let j = 0; j <= Math.min(b.length, farthest); j += 1) row[j] = j
  for (let i = 1; i <= a.length; i += 1) {
    const from = Math.max(1, i - farthest)
    const to = Math.min(b.length, i + farthest)
    next.fill(tooFar)
    if (i <= farthest) next[0] = i
    let smallest = next[0] as number
    for (let j = from; j <= to; j += 1) {
      const substitution = (row[j - 1] as number) + (a.charCodeAt(i - 1) === b.charCodeAt(j - 1) ? 0 : 1)
      const distance = Math.min(substitution, (row[j] as number) + 1, (next[j - 1] as number) + 1, tooFar)
      next[j] = distance
      if (distance < smallest) smallest = distance
    }
    if (smallest > farthest) return tooFar
    ;[row, next] = [next, row]
  }
  return row[b.length] as number
}
