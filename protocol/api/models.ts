/** A model of the catalog. Prices are exact decimal strings in USD per million tokens; null where unknown. */
export interface ModelBody {
  readonly id: string
  readonly provider: string
  readonly title: string
  readonly context_window: number | null
  readonly deprecated: boolean
  readonly price: {
    readonly input_per_million_usd: string | null
    readonly output_per_million_usd: string | null
    readonly cache_read_per_million_usd: string | null
    readonly cache_write_per_million_usd: string | null
  } | null
  readonly price_version: string | null
}
