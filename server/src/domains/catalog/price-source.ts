import { createHash } from "node:crypto"
import {
  type MatchLogic,
  type ModelInfo,
  type ModelPrice,
  type Provider,
  type TieredPrices,
  waitForUpdate,
} from "@pydantic/genai-prices"
import type { ProviderName } from "@sluice/protocol/providers"
import { type Rate, type RateKind, type Rates, toStoredRates } from "./price.ts"
import { parseDecimal, ratePlaces } from "./usd.ts"

/** The release of `@pydantic/genai-prices` whose data is bundled; a test holds it to the installed one. */
export const priceSourceRelease = "0.1.8"

/** What `model_pricing.source` says of rows that come from there. */
export const priceSourceName = "genai-prices"

/** Rates and the time from which they hold, in milliseconds since 1970; the first of a model holds since ever (0). */
export interface ScheduledRates {
  readonly from: number
  readonly rates: Rates
}

/** A model as the source describes it. `schedule` is empty where there is no price that our counts could be put to. */
export interface SourceModel {
  readonly provider: ProviderName
  readonly name: string
  readonly title: string
  readonly contextWindow: number | null
  readonly deprecated: boolean
  readonly match: MatchLogic
  /** Ascending by `from`. */
  readonly schedule: readonly ScheduledRates[]
}

/** A whole edition of the source: models in the order in which their rules are tried. */
export interface PriceSource {
  /** The release and the first 12 hexadecimal digits of the SHA-256 of what was read: `0.1.8-3fa9c1d2e4b5`. */
  readonly version: string
  readonly models: readonly SourceModel[]
}

/**
 * The source's word for each provider whose catalog we keep. Not there: Ollama, whose models run for nothing, and Hugging
 * Face, which chooses who serves a model and at what price when the request comes.
 */
const providerIds: Readonly<Partial<Record<ProviderName, string>>> = {
  openai: "openai",
  anthropic: "anthropic",
  gemini: "google",
  groq: "groq",
  azure: "azure",
  mistral: "mistral",
  deepseek: "deepseek",
  xai: "x-ai",
  together: "together",
  openrouter: "openrouter",
}

/** The edition that came with this installation. Asks no network. */
export async function readBundledPrices(): Promise<PriceSource> {
  return toPriceSource((await waitForUpdate()) ?? [], priceSourceRelease)
}

/** Reads the providers we serve out of the source's own data. */
export function toPriceSource(providers: readonly Provider[], release: string): PriceSource {
  const models = Object.entries(providerIds).flatMap(([name, id]) => {
    const provider = providers.find((candidate) => candidate.id === id)
    return (provider?.models ?? [])
      .filter((model) => isServedBy(name as ProviderName, model))
      .map((model) => toSourceModel(name as ProviderName, model))
  })
  const content = models.map((model) => ({
    ...model,
    schedule: model.schedule.map(({ from, rates }) => ({ from, rates: toStoredRates(rates) })),
  }))
  const hash = createHash("sha256").update(JSON.stringify(content)).digest("hex").slice(0, 12)
  return { version: `${release}-${hash}`, models }
}

/** The source lists under Google what Vertex AI resells; the Gemini API that we call has Google's own models only. */
const isServedBy = (provider: ProviderName, model: ModelInfo): boolean =>
  provider !== "gemini" || !model.id.startsWith("claude")

function toSourceModel(provider: ProviderName, model: ModelInfo): SourceModel {
  return {
    provider,
    name: model.id,
    title: model.name ?? model.id,
    contextWindow: model.context_window ?? null,
    deprecated: model.deprecated ?? false,
    match: model.match,
    schedule: toSchedule(model),
  }
}

/**
 * The price over time. A price that depends on the hour of the day, or one that our counts do not fit, leaves the model
 * without a price: null is true, a wrong figure is not.
 */
function toSchedule(model: ModelInfo): readonly ScheduledRates[] {
  const prices = Array.isArray(model.prices) ? model.prices : [{ prices: model.prices }]
  const schedule: ScheduledRates[] = []
  for (const { constraint, prices: price } of prices) {
    const rates = toRates(price)
    if (!rates || constraint?.type === "time_of_date") return []
    schedule.push({ from: constraint ? Date.parse(`${constraint.start_date}T00:00:00Z`) : 0, rates })
  }
  const [first, ...rest] = schedule
  // As in the source: before every date that is given, the first price holds.
  return first ? [{ ...first, from: 0 }, ...rest.sort((a, b) => a.from - b.from)] : []
}

const rateKeys: Readonly<Record<string, RateKind>> = {
  input_mtok: "input",
  output_mtok: "output",
  cache_read_mtok: "cache_read",
  cache_write_mtok: "cache_write",
  cache_write_1h_mtok: "cache_write_1h",
  input_audio_mtok: "input_audio",
  output_audio_mtok: "output_audio",
  cache_audio_read_mtok: "cache_audio_read",
}

/** Charged per search besides the tokens, and not counted in a usage: the tokens' price is right without them. */
const besideTokens = new Set(["web_searches_kcount", "storage_searches_kcount", "social_searches_kcount"])

/**
 * A price as rates per token; null where there is no input rate, or where something is priced that an exchange record
 * does not tell apart (images, video, seconds of sound, calls).
 */
export function toRates(price: ModelPrice): Rates | null {
  const rates: Partial<Record<RateKind, Rate>> = {}
  for (const [key, value] of Object.entries(price)) {
    if (value === undefined || besideTokens.has(key)) continue
    const kind = rateKeys[key]
    if (!kind) return null
    rates[kind] = toRate(value)
  }
  return rates.input ? { ...rates, input: rates.input } : null
}

function toRate(value: number | TieredPrices): Rate {
  if (typeof value === "number") return { base: perToken(value), tiers: [] }
  const tiers = [...value.tiers].sort((a, b) => a.start - b.start)
  return { base: perToken(value.base), tiers: tiers.map((tier) => ({ above: tier.start, rate: perToken(tier.price) })) }
}

/** USD per million tokens over a million. Nine places undo the source's own sums (`0.18000000000000002`). */
const perToken = (perMillion: number): bigint => parseDecimal(perMillion.toFixed(ratePlaces - 6), ratePlaces - 6)
