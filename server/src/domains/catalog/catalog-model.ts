import type { MatchLogic } from "@pydantic/genai-prices"
import type { StoredRates } from "./price.ts"

/** A model as the catalog holds it, with the rule by which names find it. */
export interface CatalogModel {
  readonly provider: string
  /** The name a caller writes. */
  readonly name: string
  readonly title: string
  readonly contextWindow: number | null
  readonly deprecated: boolean
  readonly match: MatchLogic
}

/** A model with the price in force; `price` null where there is none. */
export interface PricedModel {
  readonly provider: string
  readonly name: string
  readonly title: string
  readonly contextWindow: number | null
  readonly deprecated: boolean
  readonly price: (StoredRates & { readonly version: string }) | null
}

/** Where a list of models goes on: after this one. */
export interface ModelPosition {
  readonly provider: string
  readonly name: string
}
