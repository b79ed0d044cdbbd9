import type { ProviderName } from "@sluice/protocol/providers"
import { and, desc, eq, inArray, isNull, lt, ne, sql } from "drizzle-orm"
import type { Database, Queries, Transaction } from "../../platform/database/database.ts"
import { customModels, modelPricing } from "../../platform/database/schema.ts"
import { recordSnapshotChange } from "../identity/index.ts"
import type { CustomModel } from "./custom-model.ts"
import type { StoredExtraRates, StoredRates } from "./price.ts"

/** Which project is meant. Ids are UUIDs. */
export interface ModelPlace {
  readonly organizationId: string
  readonly projectId: string
}

/** Which model of which project is meant. */
export interface CustomModelReference extends ModelPlace {
  readonly id: string
}

/** A price that begins: an id for its row, and the rates; null ends the one in force and sets no other. */
export interface NewCustomPrice {
  readonly id: string
  readonly rates: StoredRates | null
}

/** What became of a change. `taken`: another model of the project has that name; `stale`: it was changed meanwhile. */
export type ChangeOutcome = "done" | "taken" | "stale"

/** Custom models by organization and project, with their prices. */
export interface CustomModelStore {
  /** Stores a model and its first price, if it has one. */
  insert(model: CustomModel, priceId: string): Promise<Exclude<ChangeOutcome, "stale">>
  /** At most `limit`, newest first, made before the model `after`. */
  list(place: ModelPlace, page: { readonly limit: number; readonly after: string | null }): Promise<CustomModel[]>
  find(reference: CustomModelReference): Promise<CustomModel | null>
  /** Replaces the model that has the revision before this one. `price` undefined: it stays as it is. */
  update(model: CustomModel, price: NewCustomPrice | undefined): Promise<ChangeOutcome>
  /** Deletes it, if it still has this revision. Its prices stay, for requests that are still under way. */
  delete(reference: CustomModelReference, revision: number): Promise<Exclude<ChangeOutcome, "taken">>
  /** Every model there is, or those with these ids, across organizations: what gateways are told of. */
  loadAll(ids?: readonly string[]): Promise<CustomModel[]>
}

/** Custom models in the database, inside the fence of their organization. */
export function createCustomModelStore(database: Database): CustomModelStore {
  return {
    insert: (model, priceId) =>
      database.inTenant(model.organizationId, async (tx) => {
        const { price, ...row } = model
        const inserted = await tx
          .insert(customModels)
          .values(row)
          .onConflictDoNothing({ target: [customModels.projectId, customModels.name] })
          .returning({ id: customModels.id })
        if (inserted.length === 0) return "taken"
        // Nothing was called by this name before: its first price holds for whatever a clock that runs behind may say.
        if (price) await insertPrice(tx, { model, id: priceId, rates: price, from: new Date(0) })
        await recordSnapshotChange(tx, "custom_model", model.id)
        return "done"
      }),
    list: (place, page) =>
      database.inTenant(place.organizationId, async (tx) => {
        const after = page.after ? lt(customModels.id, page.after) : undefined
        return select(tx, and(inPlace(place), after), page.limit)
      }),
    find: (reference) =>
      database.inTenant(reference.organizationId, async (tx) => {
        const [model] = await select(tx, isReferred(reference), 1)
        return model ?? null
      }),
    async update(model, price) {
      try {
        return await database.inTenant(model.organizationId, (tx) => update(tx, model, price))
      } catch (error) {
        // Two models were given one name at once: the look before the change saw neither.
        if (isUniqueViolation(error)) return "taken"
        throw error
      }
    },
    delete: (reference, revision) =>
      database.inTenant(reference.organizationId, async (tx) => {
        const deleted = await tx
          .delete(customModels)
          .where(and(isReferred(reference), eq(customModels.revision, revision)))
          .returning({ id: customModels.id })
        if (deleted.length === 0) return "stale"
        await recordSnapshotChange(tx, "custom_model", reference.id)
        return "done"
      }),
    loadAll: (ids) => select(database.system, ids && inArray(customModels.id, [...ids])),
  }
}

function isUniqueViolation(error: unknown): boolean {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth += 1) {
    if ((at as { readonly code?: unknown }).code === "23505") return true
  }
  return false
}

const inPlace = ({ organizationId, projectId }: ModelPlace) =>
  and(eq(customModels.organizationId, organizationId), eq(customModels.projectId, projectId))

const isReferred = (reference: CustomModelReference) => and(inPlace(reference), eq(customModels.id, reference.id))

async function select(queries: Queries, where: ReturnType<typeof and>, limit?: number): Promise<CustomModel[]> {
  const price = and(
    eq(modelPricing.organizationId, customModels.organizationId),
    eq(modelPricing.provider, customModels.provider),
    eq(modelPricing.model, sql`${customModels.id}::text`),
    isNull(modelPricing.effectiveTo),
  )
  const query = queries
    .select({ model: customModels, price: modelPricing })
    .from(customModels)
    .leftJoin(modelPricing, price)
    .where(where)
    .orderBy(desc(customModels.id))
  const rows = limit === undefined ? await query : await query.limit(limit)
  return rows.map(({ model, price: row }) => ({
    ...model,
    provider: model.provider as ProviderName,
    price: row && {
      inputPerToken: row.inputPerToken,
      outputPerToken: row.outputPerToken,
      cacheReadPerToken: row.cacheReadPerToken,
      cacheWritePerToken: row.cacheWritePerToken,
      rates: row.rates as StoredExtraRates,
    },
  }))
}

async function update(
  tx: Transaction,
  model: CustomModel,
  newPrice: NewCustomPrice | undefined,
): Promise<ChangeOutcome> {
  const { price: _price, id, organizationId, projectId, createdAt: _createdAt, ...changed } = model
  const [namesake] = await tx
    .select({ id: customModels.id })
    .from(customModels)
    .where(and(inPlace(model), eq(customModels.name, model.name), ne(customModels.id, id)))
  if (namesake) return "taken"
  const updated = await tx
    .update(customModels)
    .set(changed)
    .where(and(isReferred({ organizationId, projectId, id }), eq(customModels.revision, model.revision - 1)))
    .returning({ id: customModels.id })
  if (updated.length === 0) return "stale"
  if (newPrice) {
    await tx
      .update(modelPricing)
      .set({ effectiveTo: model.updatedAt })
      .where(
        and(
          eq(modelPricing.organizationId, organizationId),
          eq(modelPricing.provider, model.provider),
          eq(modelPricing.model, id),
          isNull(modelPricing.effectiveTo),
        ),
      )
    if (newPrice.rates) {
      await insertPrice(tx, { model, id: newPrice.id, rates: newPrice.rates, from: model.updatedAt })
    }
  }
  await recordSnapshotChange(tx, "custom_model", id)
  return "done"
}

async function insertPrice(
  tx: Transaction,
  price: { readonly model: CustomModel; readonly id: string; readonly rates: StoredRates; readonly from: Date },
): Promise<void> {
  const { model, rates } = price
  await tx.insert(modelPricing).values({
    id: price.id,
    organizationId: model.organizationId,
    provider: model.provider,
    model: model.id,
    version: `own-${model.revision}`,
    ...rates,
    source: "custom model",
    effectiveFrom: price.from,
  })
}
