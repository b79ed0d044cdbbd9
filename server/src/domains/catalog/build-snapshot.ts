import type { CatalogEntity } from "@sluice/protocol/snapshot"
import { toCatalogEntity } from "./catalog-entity.ts"
import type { CatalogStore } from "./catalog-store.ts"

/** What gateways are told of the catalog: the one entity of kind `catalog`, from what is stored now. */
export async function buildCatalogEntity(store: Pick<CatalogStore, "listCatalog">): Promise<CatalogEntity> {
  return toCatalogEntity(await store.listCatalog())
}
