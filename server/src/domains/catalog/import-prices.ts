import type { Clock } from "../../platform/clock.ts"
import { createUuid } from "../../platform/ids.ts"
import type { CatalogModel, ModelPosition } from "./catalog-model.ts"
import type { CatalogChange, CatalogStore, NewPrice, StoredCatalog } from "./catalog-store.ts"
import { planPrices } from "./plan-prices.ts"
import { toStoredRates } from "./price.ts"
import type { PriceRow } from "./price-book.ts"
import { type PriceSource, priceSourceName, readBundledPrices, type SourceModel } from "./price-source.ts"

/** What an import of prices works with. */
export interface ImportPricesDeps {
  readonly store: CatalogStore
  readonly clock: Clock
  /** What is imported. Default: the edition that came with this installation. */
  readonly readPrices?: () => Promise<PriceSource>
  /** Tells gateways of a changed catalog, in the import's own transaction. */
  readonly announce: Parameters<CatalogStore["change"]>[1]
}

/** What an import did. */
export interface PriceImport {
  readonly version: string
  /** True when names or rules changed, so that gateways need the catalog again. */
  readonly catalogChanged: boolean
  /** Prices that began, now or with a date to come. */
  readonly opened: number
  /** Models whose price ended. */
  readonly closed: number
}

/**
 * Brings the catalog and the list prices to what the source says. A changed price closes the row in force and opens a new
 * one, from now; the past is left as it was reckoned with. The same edition again changes nothing. Safe to run in several
 * processes at once.
 */
export async function importPrices(deps: ImportPricesDeps): Promise<PriceImport> {
  const source = await (deps.readPrices ?? readBundledPrices)()
  const now = deps.clock.now()
  const change = await deps.store.change((stored) => planImport(stored, source, now), deps.announce)
  return {
    version: source.version,
    catalogChanged: (change?.models ?? null) !== null,
    opened: change?.open.length ?? 0,
    closed: change?.close.length ?? 0,
  }
}

function planImport(stored: StoredCatalog, source: PriceSource, now: number): CatalogChange | null {
  const pricesOf = groupByModel(stored.prices)
  const wanted = new Map(source.models.map((model) => [keyOf(model.provider, model.name), model]))
  const close: ModelPosition[] = []
  const withdraw: ModelPosition[] = []
  const open: NewPrice[] = []
  for (const key of new Set([...wanted.keys(), ...pricesOf.keys()])) {
    const model = wanted.get(key)
    const rows = pricesOf.get(key) ?? []
    const plan = planPrices(rows, model?.schedule ?? [], now)
    const position = model ?? { provider: rows[0]?.provider ?? "", name: rows[0]?.model ?? "" }
    if (plan.close) close.push({ provider: position.provider, name: position.name })
    if (plan.withdraw) withdraw.push({ provider: position.provider, name: position.name })
    if (model) open.push(...toNewPrices(model, plan.open, source.version, now))
  }
  const models = source.models.map(toCatalogModel).sort(byProvider)
  const same = JSON.stringify(models.map(spellModel)) === JSON.stringify(stored.models.map(spellModel))
  if (same && close.length + withdraw.length + open.length === 0) return null
  return { at: now, models: same ? null : models, close, withdraw, open }
}

function toNewPrices(
  model: SourceModel,
  planned: ReturnType<typeof planPrices>["open"],
  version: string,
  now: number,
): readonly NewPrice[] {
  return planned.map(({ from, to, rates }) => ({
    ...toStoredRates(rates),
    id: createUuid(now),
    organizationId: null,
    provider: model.provider,
    model: model.name,
    version,
    source: priceSourceName,
    from,
    to,
  }))
}

const keyOf = (provider: string, name: string): string => `${provider}\n${name}`

function groupByModel(prices: readonly PriceRow[]): Map<string, PriceRow[]> {
  const groups = new Map<string, PriceRow[]>()
  for (const row of prices) {
    const key = keyOf(row.provider, row.model)
    const group = groups.get(key) ?? []
    group.push(row)
    groups.set(key, group)
  }
  return groups
}

const toCatalogModel = ({ provider, name, title, contextWindow, deprecated, match }: SourceModel): CatalogModel => ({
  provider,
  name,
  title,
  contextWindow,
  deprecated,
  match,
})

const byProvider = (a: CatalogModel, b: CatalogModel): number =>
  a.provider < b.provider ? -1 : a.provider > b.provider ? 1 : 0

/** A model in one spelling: rules have one key each, so the database cannot reorder them. */
const spellModel = (model: CatalogModel): unknown => [
  model.provider,
  model.name,
  model.title,
  model.contextWindow,
  model.deprecated,
  model.match,
]
