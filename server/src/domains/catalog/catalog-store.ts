import type { MatchLogic } from "@pydantic/genai-prices"
import { and, asc, eq, isNull, sql } from "drizzle-orm"
import type { Database, Queries, Transaction } from "../../platform/database/database.ts"
import { modelMatches, modelPricing, models } from "../../platform/database/schema.ts"
import type { CatalogModel, ModelPosition, PricedModel } from "./catalog-model.ts"
import type { StoredExtraRates, StoredRates } from "./price.ts"
import type { PriceBookContent, PriceRow } from "./price-book.ts"

/** What an import finds: every model in order, and the list prices. */
export interface StoredCatalog {
  readonly models: readonly CatalogModel[]
  readonly prices: readonly PriceRow[]
}

/** A list price to be stored. */
export interface NewPrice extends PriceRow {
  readonly id: string
  readonly source: string
}

/** What an import changes; times in milliseconds since 1970. */
export interface CatalogChange {
  readonly at: number
  /** The whole catalog in order; null: it is as it should be. */
  readonly models: readonly CatalogModel[] | null
  /** Models whose list price in force ends at `at`. */
  readonly close: readonly ModelPosition[]
  /** Models whose list prices from after `at` are taken back. */
  readonly withdraw: readonly ModelPosition[]
  readonly open: readonly NewPrice[]
}

/** The catalog's tables. */
export interface CatalogStore {
  /** Everything the price book holds, the prices of every organization included. */
  load(): Promise<PriceBookContent>
  /** The catalog in the order of its rules. */
  listCatalog(): Promise<readonly CatalogModel[]>
  /** Models by provider and name, with the price that an organization pays at a time; one more than `limit` if there is. */
  listPriced(query: PricedModelsQuery): Promise<readonly PricedModel[]>
  /**
   * Changes the catalog in one transaction, one import at a time across all processes. `plan` sees what is stored and
   * says what to change (null: nothing); `announce` writes, in the same transaction, that the catalog did.
   */
  change(
    plan: (stored: StoredCatalog) => CatalogChange | null,
    announce: (tx: Transaction) => Promise<void>,
  ): Promise<CatalogChange | null>
}

/** A page of models with the prices that hold at `at` (milliseconds since 1970) for one organization, after a position. */
export interface PricedModelsQuery {
  readonly organizationId: string
  readonly provider: string | null
  readonly after: ModelPosition | null
  readonly limit: number
  readonly at: number
}

/** Held by an import until it commits. Any fixed number that no one else uses. */
const importLock = 7_216_001

/** The catalog's tables. Reading a tenant's prices runs as that tenant; changing the catalog is the system's work. */
export function createCatalogStore(db: Database): CatalogStore {
  return {
    async load() {
      return { models: await selectCatalog(db.system), prices: await selectPrices(db.system, false) }
    },
    listCatalog: () => selectCatalog(db.system),
    listPriced: (query) => db.inTenant(query.organizationId, (tx) => selectPriced(tx, query)),
    change: (plan, announce) =>
      db.inTransaction(async (tx) => {
        await tx.execute(sql`SELECT pg_advisory_xact_lock(${importLock})`)
        const change = plan({ models: await selectCatalog(tx), prices: await selectPrices(tx, true) })
        if (!change) return null
        if (change.models) await replaceModels(tx, change.models)
        await endPrices(tx, change)
        await insertPrices(tx, change.open)
        if (change.models) await announce(tx)
        return change
      }),
  }
}

async function selectCatalog(queries: Queries): Promise<readonly CatalogModel[]> {
  const rows = await queries
    .select({ model: models, match: modelMatches.match })
    .from(modelMatches)
    .innerJoin(models, and(eq(models.provider, modelMatches.provider), eq(models.name, modelMatches.model)))
    .orderBy(asc(modelMatches.provider), asc(modelMatches.position))
  return rows.map(({ model, match }) => ({ ...model, match: match as MatchLogic }))
}

async function selectPrices(queries: Queries, listOnly: boolean): Promise<readonly PriceRow[]> {
  const rows = await queries
    .select()
    .from(modelPricing)
    .where(listOnly ? isNull(modelPricing.organizationId) : undefined)
    .orderBy(asc(modelPricing.effectiveFrom), asc(modelPricing.id))
  return rows.map((row) => ({
    organizationId: row.organizationId,
    provider: row.provider,
    model: row.model,
    version: row.version,
    ...toStored(row),
    from: row.effectiveFrom.getTime(),
    to: row.effectiveTo?.getTime() ?? null,
  }))
}

/** `models` and their rules are one list; replacing it whole keeps the order without gaps. */
async function replaceModels(tx: Transaction, catalog: readonly CatalogModel[]): Promise<void> {
  const list = JSON.stringify(catalog.map((model, position) => ({ ...model, position })))
  const rows = sql`jsonb_to_recordset(${list}::text::jsonb) AS new (provider text, position int, name text, title text,
    "contextWindow" int, deprecated boolean, match jsonb)`
  await tx.execute(sql`DELETE FROM model_matches`)
  await tx.execute(sql`DELETE FROM models`)
  await tx.execute(sql`INSERT INTO models (provider, name, title, context_window, deprecated)
    SELECT provider, name, title, "contextWindow", deprecated FROM ${rows}`)
  await tx.execute(sql`INSERT INTO model_matches (provider, position, model, match)
    SELECT provider, position, name, match FROM ${rows}`)
}

async function endPrices(tx: Transaction, { at, close, withdraw }: CatalogChange): Promise<void> {
  const time = new Date(at).toISOString()
  const among = (list: readonly ModelPosition[]) => sql`(provider, model) IN (
    SELECT provider, name FROM jsonb_to_recordset(${JSON.stringify(list)}::text::jsonb) AS named (provider text, name text))`
  if (withdraw.length > 0) {
    await tx.execute(sql`DELETE FROM model_pricing
      WHERE organization_id IS NULL AND effective_from > ${time} AND ${among(withdraw)}`)
  }
  if (close.length > 0) {
    await tx.execute(sql`UPDATE model_pricing SET effective_to = ${time} WHERE organization_id IS NULL
      AND effective_from <= ${time} AND (effective_to IS NULL OR effective_to > ${time}) AND ${among(close)}`)
  }
}

async function insertPrices(tx: Transaction, prices: readonly NewPrice[]): Promise<void> {
  if (prices.length === 0) return
  await tx.insert(modelPricing).values(
    prices.map((price) => ({
      id: price.id,
      organizationId: price.organizationId,
      provider: price.provider,
      model: price.model,
      version: price.version,
      inputPerToken: price.inputPerToken,
      outputPerToken: price.outputPerToken,
      cacheReadPerToken: price.cacheReadPerToken,
      cacheWritePerToken: price.cacheWritePerToken,
      rates: price.rates,
      source: price.source,
      effectiveFrom: new Date(price.from),
      effectiveTo: price.to === null ? null : new Date(price.to),
    })),
  )
}

async function selectPriced(tx: Transaction, query: PricedModelsQuery): Promise<readonly PricedModel[]> {
  const at = new Date(query.at).toISOString()
  const inForce = sql`(SELECT own.id FROM model_pricing AS own
    WHERE own.provider = ${models.provider} AND own.model = ${models.name}
      AND own.effective_from <= ${at} AND (own.effective_to IS NULL OR own.effective_to > ${at})
      AND (own.organization_id IS NULL OR own.organization_id = ${query.organizationId})
    ORDER BY own.organization_id NULLS LAST, own.effective_from DESC LIMIT 1)`
  const { after } = query
  const rows = await tx
    .select({ model: models, price: modelPricing })
    .from(models)
    .leftJoin(modelPricing, eq(modelPricing.id, inForce))
    .where(
      and(
        query.provider === null ? undefined : eq(models.provider, query.provider),
        after ? sql`(${models.provider}, ${models.name}) > (${after.provider}, ${after.name})` : undefined,
      ),
    )
    .orderBy(asc(models.provider), asc(models.name))
    .limit(query.limit + 1)
  return rows.map(({ model, price }) => ({ ...model, price: price && { ...toStored(price), version: price.version } }))
}

const toStored = (row: typeof modelPricing.$inferSelect): StoredRates => ({
  inputPerToken: row.inputPerToken,
  outputPerToken: row.outputPerToken,
  cacheReadPerToken: row.cacheReadPerToken,
  cacheWritePerToken: row.cacheWritePerToken,
  rates: row.rates as StoredExtraRates,
})
