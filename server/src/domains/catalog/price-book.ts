import { createHash } from "node:crypto"
import type { UsageRecord } from "@sluice/protocol/exchange-record"
import type { Clock } from "../../platform/clock.ts"
import type { RoutableModel } from "./catalog-entity.ts"
import { compileMatch, type ModelMatcher, spellings } from "./model-match.ts"
import { fromStoredRates, type Price, type StoredRates } from "./price.ts"
import { type Cost, priceUsage } from "./price-usage.ts"

/** A row of `model_pricing`. Times are milliseconds since 1970; `to` null: still in force. */
export interface PriceRow extends StoredRates {
  readonly organizationId: string | null
  readonly provider: string
  readonly model: string
  readonly version: string
  readonly from: number
  readonly to: number | null
}

/** Everything the book holds: models in the order in which their rules are tried, and every price there ever was. */
export interface PriceBookContent {
  readonly models: readonly RoutableModel[]
  readonly prices: readonly PriceRow[]
}

/** Whose price, of what, when. */
export interface PriceQuestion {
  /** Null: list prices only. */
  readonly organizationId: string | null
  readonly provider: string
  /** Names the model may be known by, best first; null ones are passed over. */
  readonly models: readonly (string | null)[]
  /** Milliseconds since 1970. */
  readonly at: number
}

/** An exchange as far as its cost goes. */
export interface PricedExchange {
  readonly organization_id: string
  readonly operation: string
  readonly provider: string | null
  readonly model_actual: string | null
  readonly model_response: string | null
  /** The project's own model that was called, whose own price comes before the catalog's. */
  readonly custom_model_id: string | null
  readonly finished_at: number
  readonly usage: UsageRecord
  readonly usage_source: string
}

/** A cost and the version of the price it was reckoned with; null where there is no cost. */
export type ReckonedCost = Cost & { readonly priceVersion: string | null }

/** Prices in memory. */
export interface PriceBook {
  /** The price in force, an organization's own before the list's; null when there is none. */
  find(question: PriceQuestion): Price | null
  /** What an exchange cost. Listing models and counting tokens are free at every provider and have no usage to price. */
  reckon(exchange: PricedExchange): ReckonedCost
  /** Names what the book holds: another text means that some price or model changed. */
  edition(): string
  /** Reads the store again when the last reading is older than five minutes. Throws what the reading throws. */
  refreshIfStale(): Promise<void>
  /** Reads the store again, now. */
  refresh(): Promise<void>
}

export interface PriceBookOptions {
  readonly load: () => Promise<PriceBookContent>
  readonly clock: Clock
}

/** How long a reading of the prices is good for, in milliseconds. */
export const priceBookAgeMs = 5 * 60 * 1000

/** A book that is empty until its first `refresh`. */
export function createPriceBook({ load, clock }: PriceBookOptions): PriceBook {
  let shelf = new Shelf({ models: [], prices: [] })
  let edition = ""
  let readAt: number | null = null
  const refresh = async () => {
    const startedAt = clock.monotonic()
    const content = await load()
    shelf = new Shelf(content)
    edition = toEdition(content)
    readAt = startedAt
  }
  return {
    find: (question) => shelf.find(question),
    reckon: (exchange) => reckon(shelf, exchange),
    edition: () => edition,
    refresh,
    async refreshIfStale() {
      if (readAt === null || clock.monotonic() - readAt >= priceBookAgeMs) await refresh()
    },
  }
}

/** A fingerprint of what decides about prices, and of nothing else that a reading may carry. */
function toEdition({ models, prices }: PriceBookContent): string {
  const rules = models.map(({ provider, name, match }) => [provider, name, match])
  return createHash("sha256")
    .update(JSON.stringify([rules, prices]))
    .digest("hex")
}

function reckon(shelf: Shelf, exchange: PricedExchange): ReckonedCost {
  if (exchange.provider === null) return { costUsd: null, reason: "no_provider", priceVersion: null }
  const free = exchange.operation === "models" || exchange.operation === "count_tokens"
  if (free || exchange.usage_source === "none" || exchange.usage.input === null) {
    return { costUsd: null, reason: "no_usage", priceVersion: null }
  }
  const own = exchange.custom_model_id === null ? null : shelf.findOwn(exchange.custom_model_id, exchange)
  const price = own ?? findListed(shelf, exchange)
  if (!price) return { costUsd: null, reason: "no_price", priceVersion: null }
  const cost = priceUsage(exchange.usage, price.rates)
  return { ...cost, priceVersion: cost.costUsd === null ? null : price.version }
}

function findListed(shelf: Shelf, exchange: PricedExchange & { readonly provider: string | null }): Price | null {
  if (exchange.provider === null) return null
  return shelf.find({
    organizationId: exchange.organization_id,
    provider: exchange.provider,
    models: [exchange.model_actual, exchange.model_response],
    at: exchange.finished_at,
  })
}

interface Period extends Price {
  readonly from: number
  readonly to: number | null
}

/** Names looked up are remembered, up to this many: they come from callers. */
const rememberedNames = 10_000

/** One reading of the prices, indexed. */
class Shelf {
  readonly #rules = new Map<string, { readonly name: string; readonly matches: ModelMatcher }[]>()
  readonly #periods = new Map<string, Period[]>()
  readonly #found = new Map<string, string | null>()

  constructor({ models, prices }: PriceBookContent) {
    for (const model of models) {
      const rules = this.#rules.get(model.provider) ?? []
      rules.push({ name: model.name, matches: compileMatch(model.match) })
      this.#rules.set(model.provider, rules)
    }
    for (const row of prices) {
      const rates = fromStoredRates(row)
      if (!rates) continue
      const key = periodKey(row.organizationId, row.provider, row.model)
      const periods = this.#periods.get(key) ?? []
      periods.push({ version: row.version, rates, from: row.from, to: row.to })
      this.#periods.set(key, periods)
    }
  }

  find({ organizationId, provider, models, at }: PriceQuestion): Price | null {
    for (const name of models) {
      const model = name === null ? null : this.#modelOf(provider, name)
      if (model === null) continue
      const own = organizationId === null ? null : this.#inForce(organizationId, provider, model, at)
      const price = own ?? this.#inForce(null, provider, model, at)
      if (price) return price
    }
    return null
  }

  /** The price that a project set for a model of its own: kept under the model's id, which no catalog has as a name. */
  findOwn(
    customModelId: string,
    used: { readonly organization_id: string; readonly provider: string | null; readonly finished_at: number },
  ): Price | null {
    if (used.provider === null) return null
    return this.#inForce(used.organization_id, used.provider, customModelId, used.finished_at)
  }

  #inForce(organizationId: string | null, provider: string, model: string, at: number): Price | null {
    const periods = this.#periods.get(periodKey(organizationId, provider, model)) ?? []
    return periods.find((period) => period.from <= at && (period.to === null || at < period.to)) ?? null
  }

  #modelOf(provider: string, name: string): string | null {
    const key = `${provider}\n${name}`
    const known = this.#found.get(key)
    if (known !== undefined) return known
    const rules = this.#rules.get(provider) ?? []
    let model: string | null = null
    for (const spelling of spellings(name)) {
      model ??= rules.find((rule) => rule.matches(spelling))?.name ?? null
    }
    if (this.#found.size >= rememberedNames) this.#found.clear()
    this.#found.set(key, model)
    return model
  }
}

const periodKey = (organizationId: string | null, provider: string, model: string): string =>
  `${organizationId ?? ""}\n${provider}\n${model}`
