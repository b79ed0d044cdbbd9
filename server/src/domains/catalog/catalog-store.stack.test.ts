import { beforeAll, expect, it } from "vitest"
import type { Database } from "../../platform/database/database.ts"
import { describeEachDatabase } from "../../testing/database.ts"
import { buildCatalogEntity } from "./build-snapshot.ts"
import { type CatalogStore, createCatalogStore } from "./catalog-store.ts"
import { importPrices } from "./import-prices.ts"
import { createPriceBook } from "./price-book.ts"
import { type PriceSource, readBundledPrices } from "./price-source.ts"
import { toPerMillionText } from "./usd.ts"

const organizationId = "01890a5d-ac96-774b-bcce-b302099a8057"
const start = Date.parse("2026-06-01T00:00:00Z")
const clockAt = (at: number) => ({ now: () => at, monotonic: () => at })

describeEachDatabase("the catalog", (open) => {
  let db: Database
  let store: CatalogStore
  let bundled: PriceSource
  let announced = 0
  const announce = async () => {
    announced += 1
  }
  const importAt = (at: number, source: PriceSource) =>
    importPrices({ store, clock: clockAt(at), readPrices: async () => source, announce })

  beforeAll(async () => {
    db = await open()
    store = createCatalogStore(db)
    bundled = await readBundledPrices()
  })

  it("takes the whole source once, however many processes import it", async () => {
    const imports = await Promise.all([importAt(start, bundled), importAt(start, bundled)])
    const [first, second] = imports.sort((a, b) => b.opened - a.opened)
    expect(first).toMatchObject({ version: bundled.version, catalogChanged: true, closed: 0 })
    expect(first?.opened).toBeGreaterThan(150)
    expect(second).toMatchObject({ catalogChanged: false, opened: 0, closed: 0 })
    expect(announced).toBe(1)
    expect((await store.listCatalog()).length).toBe(bundled.models.length)
  })

  it("prices from the table as from the source", async () => {
    const book = createPriceBook({ load: () => store.load(), clock: clockAt(0) })
    await book.refresh()
    const usage = { input: 12_307, output: 550, cache_read: null, cache_write_5m: 12_304, cache_write_1h: null }
    const none = { reasoning: null, audio_input: null, audio_output: null }
    const cost = book.reckon({
      organization_id: organizationId,
      operation: "chat",
      provider: "anthropic",
      model_actual: "claude-3-7-sonnet-20250219",
      model_response: null,
      custom_model_id: null,
      finished_at: start,
      usage: { ...usage, ...none },
      usage_source: "provider",
    })
    expect(cost).toEqual({ costUsd: "0.054399", reason: null, priceVersion: bundled.version })
  })

  it("gives gateways the same entity each time", async () => {
    const entity = await buildCatalogEntity(store)
    expect(entity).toEqual(await buildCatalogEntity(store))
    expect(entity.models.anthropic).toContain("claude-3-7-sonnet-latest")
  })

  it("pages through the models with the price in force, one provider at a time if wanted", async () => {
    const names: string[] = []
    let after: { provider: string; name: string } | null = null
    for (;;) {
      const page = await store.listPriced({ organizationId, provider: "groq", after, limit: 10, at: start })
      names.push(...page.slice(0, 10).map((model) => model.name))
      if (page.length <= 10) break
      after = page[9] ?? null
    }
    expect([...names].sort()).toEqual(
      bundled.models.flatMap((model) => (model.provider === "groq" ? [model.name] : [])).sort(),
    )
    const [o3] = (
      await store.listPriced({ organizationId, provider: "openai", after: null, limit: 200, at: start })
    ).filter((model) => model.name === "o3")
    expect(toPerMillionText(o3?.price?.inputPerToken ?? "")).toBe("2")
  })

  it("closes a changed price and opens the new one, and does nothing the next time", async () => {
    const changed: PriceSource = {
      version: "0.1.9-000000000000",
      models: bundled.models.map((model) =>
        model.name === "gpt-4o" && model.schedule[0]
          ? { ...model, schedule: [{ from: 0, rates: { ...model.schedule[0].rates, input: { base: 7n, tiers: [] } } }] }
          : model,
      ),
    }
    const at = start + 1000
    expect(await importAt(at, changed)).toMatchObject({ catalogChanged: false, opened: 1, closed: 1 })
    expect(await importAt(at + 1000, changed)).toMatchObject({ catalogChanged: false, opened: 0, closed: 0 })
    expect(announced).toBe(1)
    const rows = (await store.load()).prices.filter((row) => row.model === "gpt-4o")
    expect(rows.map(({ version, from, to }) => ({ version, from, to }))).toEqual([
      { version: bundled.version, from: 0, to: at },
      { version: changed.version, from: at, to: null },
    ])
  })
})
