import { describe, expect, it } from "vitest"
import type { Clock } from "../../platform/clock.ts"
import { toStoredRates } from "./price.ts"
import { createPriceBook, type PriceBookContent, type PricedExchange, priceBookAgeMs } from "./price-book.ts"
import { type PriceSource, readBundledPrices } from "./price-source.ts"

const usage = {
  input: 1000,
  output: 100,
  cache_read: null,
  cache_write_5m: null,
  cache_write_1h: null,
  reasoning: null,
  audio_input: null,
  audio_output: null,
}

const organization = "01890a5d-ac96-774b-bcce-b302099a8057"
const now = Date.parse("2026-06-01T00:00:00Z")

const toContent = (source: PriceSource): PriceBookContent => ({
  models: source.models,
  prices: source.models.flatMap((model) =>
    model.schedule.map(({ from, rates }, index) => ({
      ...toStoredRates(rates),
      organizationId: null,
      provider: model.provider,
      model: model.name,
      version: source.version,
      from,
      to: model.schedule[index + 1]?.from ?? null,
    })),
  ),
})

const exchange = (values: Partial<PricedExchange>): PricedExchange => ({
  organization_id: organization,
  operation: "chat",
  provider: "openai",
  custom_model_id: null,
  model_actual: "gpt-4o",
  model_response: null,
  finished_at: now,
  usage,
  usage_source: "provider",
  ...values,
})

function handClock(): Clock & { at: number } {
  return {
    at: 0,
    now() {
      return this.at
    },
    monotonic() {
      return this.at
    },
  }
}

describe("the price book", async () => {
  const source = await readBundledPrices()
  const book = createPriceBook({ load: async () => toContent(source), clock: handClock() })
  await book.refresh()

  it.each<[string, Partial<PricedExchange>, string | null]>([
    ["openai plain", {}, "0.0035"],
    ["openai cached", { usage: { ...usage, cache_read: 1000 } }, "0.00225"],
    ["openai by the dated name", { model_actual: "gpt-4o-2024-08-06" }, "0.0035"],
    ["openai reasoning", { model_actual: "o3", usage: { ...usage, reasoning: 100 } }, "0.0028"],
    [
      "openai embeddings",
      { model_actual: "text-embedding-3-small", usage: { ...usage, input: 5, output: null } },
      "0.0000001",
    ],
    ["anthropic plain", { provider: "anthropic", model_actual: "claude-3-7-sonnet-20250219" }, "0.0045"],
    [
      "anthropic cached for an hour",
      { provider: "anthropic", model_actual: "claude-3-7-sonnet", usage: { ...usage, cache_write_1h: 1000 } },
      "0.0075",
    ],
    [
      "anthropic, the golden figure",
      {
        provider: "anthropic",
        model_actual: "claude-3-7-sonnet",
        usage: { ...usage, input: 12_307, cache_write_5m: 12_304, output: 550 },
      },
      "0.054399",
    ],
    ["gemini plain", { provider: "gemini", model_actual: "gemini-2.5-flash" }, "0.00055"],
    ["gemini with its prefix", { provider: "gemini", model_actual: "models/gemini-2.5-flash" }, "0.00055"],
    ["groq plain", { provider: "groq", model_actual: "llama-3.3-70b-versatile" }, "0.000669"],
    ["a stream counted by a tokeniser", { usage_source: "measured" }, "0.0035"],
    ["a name only the answer told", { model_actual: "my-alias", model_response: "gpt-4o" }, "0.0035"],
  ])("prices %s", (_, values, expected) => {
    expect(book.reckon(exchange(values))).toEqual({ costUsd: expected, reason: null, priceVersion: source.version })
  })

  it.each<[string, Partial<PricedExchange>, string]>([
    ["no provider was chosen", { provider: null }, "no_provider"],
    ["a stream told no usage", { usage_source: "none" }, "no_usage"],
    ["there is no count of input", { usage: { ...usage, input: null } }, "no_usage"],
    ["tokens were only counted", { operation: "count_tokens" }, "no_usage"],
    ["the model is unknown", { model_actual: "gpt-99-unheard-of" }, "no_price"],
    ["the provider sets no list price", { provider: "custom" }, "no_price"],
    ["images have a price of their own", { provider: "gemini", model_actual: "gemini-2.5-flash-image" }, "no_price"],
  ])("knows no cost when %s", (_, values, reason) => {
    expect(book.reckon(exchange(values))).toEqual({ costUsd: null, reason, priceVersion: null })
  })

  it("takes the price of the day", () => {
    const before = book.reckon(exchange({ model_actual: "o3", finished_at: Date.parse("2025-06-09T23:59:59Z") }))
    const after = book.reckon(exchange({ model_actual: "o3", finished_at: Date.parse("2025-06-10T00:00:00Z") }))
    expect([before.costUsd, after.costUsd]).toEqual(["0.014", "0.0028"])
  })

  it("prefers an organization's own price, for that organization alone", async () => {
    const content = toContent(source)
    const list = content.prices.find((row) => row.provider === "openai" && row.model === "gpt-4o")
    if (!list) throw new Error("the source has no gpt-4o")
    const own = { ...list, organizationId: organization, version: "own", inputPerToken: "0.000001" }
    const both = createPriceBook({
      load: async () => ({ ...content, prices: [...content.prices, own] }),
      clock: handClock(),
    })
    await both.refresh()
    expect(both.reckon(exchange({}))).toMatchObject({ costUsd: "0.002", priceVersion: "own" })
    expect(both.reckon(exchange({ organization_id: "01890a5d-ac96-774b-bcce-b302099a8058" })).costUsd).toBe("0.0035")
  })

  it("has an edition that changes with any price or rule, and only then", async () => {
    const content = toContent(source)
    let current = content
    const changing = createPriceBook({ load: async () => current, clock: handClock() })
    const editionOf = async (next: PriceBookContent) => {
      current = next
      await changing.refresh()
      return changing.edition()
    }
    const first = await editionOf(content)
    expect(await editionOf(toContent(source))).toBe(first)
    expect(await editionOf({ ...content, prices: content.prices.slice(1) })).not.toBe(first)
    expect(await editionOf({ ...content, models: content.models.slice(1) })).not.toBe(first)
  })

  it("is read again when five minutes have passed, and keeps its prices when that fails", async () => {
    const clock = handClock()
    let readings = 0
    let broken = false
    const load = async () => {
      readings += 1
      if (broken) throw new Error("the store is away")
      return toContent(source)
    }
    const aging = createPriceBook({ load, clock })
    await aging.refreshIfStale()
    await aging.refreshIfStale()
    expect(readings).toBe(1)
    broken = true
    clock.at = priceBookAgeMs
    await expect(aging.refreshIfStale()).rejects.toThrow("the store is away")
    expect(aging.reckon(exchange({})).costUsd).toBe("0.0035")
  })
})
