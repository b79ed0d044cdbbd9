/** The door of the catalog domain: which models there are, and what their tokens cost. */
export { buildCatalogEntity } from "./build-snapshot.ts"
export type { CatalogModel, ModelPosition, PricedModel } from "./catalog-model.ts"
export { type CatalogStore, createCatalogStore, type PricedModelsQuery } from "./catalog-store.ts"
export { type ImportPricesDeps, importPrices, type PriceImport } from "./import-prices.ts"
export {
  createPriceBook,
  type PriceBook,
  type PriceBookContent,
  type PricedExchange,
  type PriceQuestion,
  type ReckonedCost,
} from "./price-book.ts"
export type { Cost, CostUnknownReason } from "./price-usage.ts"
export { toPerMillionText, trimDecimal } from "./usd.ts"
