import type { CatalogEntity, CustomModelEntity } from "@sluice/protocol/snapshot"
import { toCatalogEntity } from "./catalog-entity.ts"
import type { CatalogStore } from "./catalog-store.ts"
import type { CustomModel } from "./custom-model.ts"

/** What gateways are told of the catalog: the one entity of kind `catalog`, from what is stored now. */
export async function buildCatalogEntity(store: Pick<CatalogStore, "listCatalog">): Promise<CatalogEntity> {
  return toCatalogEntity(await store.listCatalog())
}

/** What gateways are told of custom models. */
export const buildCustomModelEntities = (models: readonly CustomModel[]): CustomModelEntity[] =>
  models.map((model) => ({
    kind: "custom_model",
    id: model.id,
    organization_id: model.organizationId,
    project_id: model.projectId,
    name: model.name,
    provider: model.provider,
    upstream_model: model.upstreamModel,
    credential_id: model.credentialId,
    base_url: model.baseUrl,
  }))
