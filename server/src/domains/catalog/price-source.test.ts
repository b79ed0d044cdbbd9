import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import type { Provider } from "@pydantic/genai-prices"
import { describe, expect, it } from "vitest"
import { toCatalogEntity } from "./catalog-entity.ts"
import { priceSourceRelease, readBundledPrices, toPriceSource } from "./price-source.ts"
import { toPerMillionUsd } from "./usd.ts"

const one = (id: string, prices: Provider["models"][number]["prices"]): Provider => ({
  id,
  name: id,
  api_pattern: id,
  models: [{ id: "m-1", match: { equals: "m-1" }, prices }],
})

describe("the price source", async () => {
  const bundled = await readBundledPrices()

  it("names the release that is installed", () => {
    const entry = createRequire(import.meta.url).resolve("@pydantic/genai-prices")
    const manifest = JSON.parse(readFileSync(join(dirname(entry), "..", "package.json"), "utf8")) as { version: string }
    expect(manifest.version).toBe(priceSourceRelease)
    expect(bundled.version).toMatch(/^0\.1\.8-[0-9a-f]{12}$/)
  })

  it("holds the providers we serve that have prices, and Google's own models only", () => {
    const providers = new Set(bundled.models.map((model) => model.provider))
    expect([...providers].sort()).toEqual([
      "anthropic",
      "azure",
      "deepseek",
      "gemini",
      "groq",
      "mistral",
      "openai",
      "openrouter",
      "together",
      "xai",
    ])
    expect(bundled.models.filter((model) => model.provider === "gemini" && model.name.includes("claude"))).toEqual([])
  })

  it("reads a schedule, with the first price holding before every date", () => {
    const source = toPriceSource(
      [
        one("openai", [
          { prices: { input_mtok: 10, output_mtok: 40 } },
          { constraint: { type: "start_date", start_date: "2025-06-10" }, prices: { input_mtok: 2, output_mtok: 8 } },
        ]),
      ],
      "1",
    )
    const schedule = source.models[0]?.schedule ?? []
    expect(schedule.map(({ from, rates }) => [from, toPerMillionUsd(rates.input.base)])).toEqual([
      [0, "10"],
      [Date.parse("2025-06-10T00:00:00Z"), "2"],
    ])
  })

  it("has no price where our counts do not fit", () => {
    const priceless: Provider["models"][number]["prices"][] = [
      {},
      { audio_hours: 1 },
      { input_mtok: 1, output_mtok: 2, output_image_mtok: 30 },
      [
        { prices: { input_mtok: 1 } },
        {
          constraint: { type: "time_of_date", start_time: "00:30:00Z", end_time: "16:30:00Z" },
          prices: { input_mtok: 2 },
        },
      ],
    ]
    for (const prices of priceless) {
      expect(toPriceSource([one("groq", prices)], "1").models[0]?.schedule).toEqual([])
    }
  })

  it("has a version that changes with any price", () => {
    const version = (price: number) => toPriceSource([one("groq", { input_mtok: price })], "1").version
    expect(version(1)).toBe(version(1))
    expect(version(1)).not.toBe(version(2))
  })

  it("lists every exact name of a provider once, makers of models first, and finds newer ones by family", () => {
    const entity = toCatalogEntity(bundled.models)
    expect(entity.models.openai).toContain("gpt-4o-2024-08-06")
    expect(entity.models.groq).toContain("openai/gpt-oss-120b")
    for (const names of Object.values(entity.models)) expect(new Set(names).size).toBe(names.length)
    expect(Object.keys(entity.models)).not.toContain("azure")
    expect(Object.keys(entity.models).indexOf("openai")).toBe(0)
    expect(entity.unlisted?.openai).toEqual(expect.arrayContaining(["davinci", "moderation", "ft:gpt-4o", "gpt-5-1"]))
    expect(entity.unlisted?.openai).not.toContain("gpt-5-2025-08-07")
    expect(entity.unlisted?.anthropic).toContain("claude-2")
    for (const name of ["gpt-4o", "gpt-5.4-mini", "o3"]) expect(entity.unlisted?.openai).not.toContain(name)
    for (const name of ["claude-sonnet-4-5", "claude-opus-5"]) expect(entity.unlisted?.anthropic).not.toContain(name)
    expect(entity.unlisted?.gemini).not.toContain("gemini-2.5-pro")
    expect(entity.unlisted?.mistral).toContain("mistral-tiny")
    expect(entity.patterns).toContainEqual({ pattern: "claude-*", provider: "anthropic" })
  })
})
