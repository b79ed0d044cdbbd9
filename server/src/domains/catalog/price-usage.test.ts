import { calcPrice, type ModelPrice, type Provider, TieredPrices, waitForUpdate } from "@pydantic/genai-prices"
import type { UsageRecord } from "@sluice/protocol/exchange-record"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { fromStoredRates, type Rates, toStoredRates } from "./price.ts"
import { toRates } from "./price-source.ts"
import { priceUsage } from "./price-usage.ts"

const untold: UsageRecord = {
  input: null,
  output: null,
  cache_read: null,
  cache_write_5m: null,
  cache_write_1h: null,
  reasoning: null,
  audio_input: null,
  audio_output: null,
}

const ratesOf = (price: ModelPrice): Rates => {
  const rates = toRates(price)
  if (!rates) throw new Error("not a price")
  return rates
}

const sonnet = ratesOf({
  input_mtok: 3,
  output_mtok: 15,
  cache_read_mtok: 0.3,
  cache_write_mtok: 3.75,
  cache_write_1h_mtok: 6,
})
const audio = ratesOf({
  input_mtok: 4,
  output_mtok: 16,
  cache_read_mtok: 0.4,
  input_audio_mtok: 32,
  cache_audio_read_mtok: 0.5,
  output_audio_mtok: 64,
})

const cost = (usage: Partial<UsageRecord>, rates: Rates) => priceUsage({ ...untold, ...usage }, rates)

describe("the cost of a usage", () => {
  it("is $0.054399 for 3 fresh, 12,304 written and 550 answered tokens on Claude 3.7 Sonnet", () => {
    expect(cost({ input: 12_307, cache_write_5m: 12_304, output: 550 }, sonnet).costUsd).toBe("0.054399")
  })

  it.each([
    ["plain", { input: 1000, output: 100 }, "0.0045"],
    ["cached", { input: 1000, cache_read: 900, output: 100 }, "0.00207"],
    ["written for an hour", { input: 1000, cache_write_1h: 1000, output: 0 }, "0.006"],
    ["reasoning inside the output", { input: 10, output: 100, reasoning: 90 }, "0.00153"],
    ["nothing at all", { input: 0, output: 0 }, "0"],
  ])("counts %s tokens once", (_, usage, expected) => {
    expect(cost(usage, sonnet)).toEqual({ costUsd: expected, reason: null })
  })

  it("keeps five embedding tokens apart from nothing", () => {
    expect(cost({ input: 5 }, ratesOf({ input_mtok: 0.02 })).costUsd).toBe("0.0000001")
  })

  it("charges an embedding whose output was not told, where output costs nothing", () => {
    expect(cost({ input: 5 }, ratesOf({ input_mtok: 0.02, output_mtok: 0 })).costUsd).toBe("0.0000001")
    expect(cost({ input: 5 }, ratesOf({ input_mtok: 0.02, output_mtok: 0.01 })).costUsd).toBeNull()
  })

  it("is unknown when a total is missing or smaller than its parts", () => {
    const unknown = { costUsd: null, reason: "no_usage" }
    expect(cost({ output: 5 }, sonnet)).toEqual(unknown)
    expect(cost({ input: 5 }, sonnet)).toEqual(unknown)
    expect(cost({ input: 5, output: 5, cache_read: 6 }, sonnet)).toEqual(unknown)
    expect(cost({ input: 5, output: 5, cache_read: 3, cache_write_5m: 3 }, sonnet)).toEqual(unknown)
    expect(cost({ input: 5, output: 5, audio_output: 6 }, audio)).toEqual(unknown)
  })

  it("charges a kind without a rate as the kind it is part of", () => {
    const plain = ratesOf({ input_mtok: 2, output_mtok: 8 })
    expect(cost({ input: 100, cache_read: 50, audio_input: 20, output: 0 }, plain).costUsd).toBe("0.0002")
    const noHour = ratesOf({ input_mtok: 2, output_mtok: 8, cache_write_mtok: 3 })
    expect(cost({ input: 100, cache_write_1h: 100, output: 0 }, noHour).costUsd).toBe("0.0003")
  })

  it("takes the tier of the whole prompt, from the first token past its start", () => {
    const tiered = ratesOf({
      input_mtok: new TieredPrices({ base: 1, tiers: [{ start: 1000, price: 2 }] }),
      output_mtok: new TieredPrices({ base: 10, tiers: [{ start: 1000, price: 20 }] }),
    })
    expect(cost({ input: 1000, output: 10 }, tiered).costUsd).toBe("0.0011")
    expect(cost({ input: 1001, output: 10 }, tiered).costUsd).toBe("0.002202")
  })

  it("is unknown when cached audio could be counted two ways, and known when it could not", () => {
    expect(cost({ input: 100, output: 0, cache_read: 10, audio_input: 10 }, audio).reason).toBe("no_usage")
    // Everything was read from the cache, the audio too.
    expect(cost({ input: 100, output: 0, cache_read: 100, audio_input: 10 }, audio).costUsd).toBe("0.000041")
  })
})

const counts = fc.integer({ min: 0, max: 3_000_000 })

/** Usages whose parts fit into their totals. */
const usages = fc
  .record({
    fresh: counts,
    read: counts,
    short: counts,
    long: counts,
    output: counts,
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ fresh, read, short, long, output, share }) => ({
    input: fresh + read + short + long,
    cache_read: read,
    cache_write_5m: short,
    cache_write_1h: long,
    output,
    audio_output: Math.floor(output * share),
  }))

describe("a price of the source", async () => {
  const providers = (await waitForUpdate()) ?? []
  const prices = priceableModels(providers)

  it("is readable for most models of the four providers we serve", () => {
    const served = prices.filter(({ provider }) => ["openai", "anthropic", "google", "groq"].includes(provider))
    expect(served.length).toBeGreaterThan(150)
  })

  it("gives what the source's own arithmetic gives, for every model", () => {
    fc.assert(
      fc.property(usages, (usage) => {
        for (const { price, rates } of prices) {
          const ours = Number(cost(usage, rates).costUsd)
          const theirs = theirCost(usage, price)
          if (Math.abs(ours - theirs) > tolerance(usage, theirs))
            throw new Error(`${JSON.stringify(price)} ${ours} ${theirs}`)
        }
      }),
      { numRuns: 20 },
    )
  })

  it("survives the table", () => {
    for (const { rates } of prices) expect(fromStoredRates(toStoredRates(rates))).toEqual(rates)
  })
})

function priceableModels(providers: readonly Provider[]) {
  return providers.flatMap((provider) =>
    provider.models.flatMap((model) => {
      const prices = Array.isArray(model.prices) ? model.prices.map((one) => one.prices) : [model.prices]
      return prices.flatMap((price) => {
        const rates = toRates(price)
        return rates ? [{ provider: provider.id, price, rates }] : []
      })
    }),
  )
}

/** Half of the last place of each rate and of the cost, and what binary floating point loses. */
const tolerance = (usage: Tokens, theirs: number): number =>
  (usage.input + usage.output) * 0.5e-15 + 1e-12 + theirs * 1e-12

interface Tokens {
  readonly input: number
  readonly output: number
  readonly cache_read: number
  readonly cache_write_5m: number
  readonly cache_write_1h: number
  readonly audio_output: number
}

function theirCost(tokens: Tokens, price: ModelPrice): number {
  const models = [{ id: "own", match: { equals: "own" }, prices: price }]
  const usage = {
    input_tokens: tokens.input,
    output_tokens: tokens.output,
    cache_read_tokens: tokens.cache_read,
    cache_write_tokens: tokens.cache_write_5m + tokens.cache_write_1h,
    cache_write_1h_tokens: tokens.cache_write_1h,
    output_audio_tokens: tokens.audio_output,
    input_audio_tokens: 0,
    cache_audio_read_tokens: 0,
  }
  const provider = { id: "own", name: "own", api_pattern: "own", models }
  return calcPrice(usage, "own", { provider })?.total_price ?? Number.NaN
}
