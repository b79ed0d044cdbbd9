/** The door of the catalog domain: which models there are, and what their tokens cost. */
export { buildCatalogEntity, buildCustomModelEntities } from "./build-snapshot.ts"
export type { CatalogModel, ModelPosition, PricedModel } from "./catalog-model.ts"
export { type CatalogStore, createCatalogStore, type PricedModelsQuery } from "./catalog-store.ts"
export type { CustomModel } from "./custom-model.ts"
export { type CustomModelStore, createCustomModelStore } from "./custom-model-store.ts"
export { type CustomModels, createCustomModels } from "./custom-models.ts"
export { type ImportPricesDeps, importPrices, type PriceImport } from "./import-prices.ts"
export { catalogPermissions } from "./permissions.ts"
export {
  createPriceBook,
  type PriceBook,
  type PriceBookContent,
  type PricedExchange,
  type PriceQuestion,
  type ReckonedCost,
} from "./price-book.ts"
export type { Cost, CostUnknownReason } from "./price-usage.ts"
export {
  type ModelProbeResult,
  type ProbeModel,
  type TestCustomModelDeps,
  testCustomModel,
} from "./test-custom-model.ts"
export { costPlaces, formatDecimal, parseDecimal, toPerMillionText, trimDecimal } from "./usd.ts"
