import type { ApiErrorBody } from "@sluice/protocol/api/common"
import type { LatencyTargetBody } from "@sluice/protocol/api/latency-target"
import type { OverviewBody } from "@sluice/protocol/api/overview"
import { toPublicId } from "@sluice/protocol/ids"
import { beforeAll, expect, it } from "vitest"
import { createLatencyTargetStore, createSummaryStore } from "../../domains/insights/index.ts"
import type { Database } from "../../platform/database/database.ts"
import { describeEachDatabase } from "../../testing/database.ts"
import { exampleUsage } from "../../testing/exchange.ts"
import { openTestFigures, type TestFigures } from "../../testing/figures.ts"
import { OverviewSchema } from "../presenters/overview.ts"
import { LatencyTargetSchema, latencyTargetRoutes } from "./latency-target.ts"
import { overviewRoutes } from "./overview.ts"

const hourMs = 3_600_000

describeEachDatabase("the Overview", (open) => {
  let db: Database
  let figures: TestFigures
  const read = async (period = "last_24h") => {
    const { status, body } = await figures.get<OverviewBody>(`overview?period=${period}`)
    expect(status).toBe(200)
    expect(OverviewSchema.parse(body)).toEqual(body)
    return body
  }

  beforeAll(async () => {
    db = await open()
    figures = await openTestFigures(db, () => [
      overviewRoutes({ store: createSummaryStore(db) }),
      latencyTargetRoutes({ store: createLatencyTargetStore(db) }),
    ])
  })

  it("says that it is not there yet, and then that there was nothing: zeros are counted, unknown is null", async () => {
    expect(await read()).toMatchObject({ summary: null, pending_reason: expect.stringMatching(/minute/) })
    expect(await figures.aggregate()).toBe(3)
    const { summary } = await read()
    expect(summary?.current).toMatchObject({
      requests: 0,
      error_rate: null,
      cost: { usd: null, unknown_requests: 0 },
      tokens: { input: null },
      latency_ms: { p95: null },
      cache_hit_share: null,
    })
    expect(summary).toMatchObject({ partial: true, partial_reasons: ["younger_than_period"], top_features: [] })
    expect(await figures.aggregate()).toBe(0)
  })

  it("adds up what arrived, and compares it with the period before", async () => {
    const now = figures.clock.now()
    const [, failure] = await figures.add([
      { latency_ms: 100, feature: "search" },
      { latency_ms: 200, feature: "search", status: 503, error_category: "provider_5xx", error_code: "overloaded" },
      { latency_ms: 300, feature: null, streaming: true, time_to_first_token_ms: 50, rule_id: null },
      {
        feature: "chat",
        model_requested: "unheard-of",
        model_actual: "unheard-of",
        model_response: null,
        usage: { ...exampleUsage, cache_read: 250 },
      },
      { finished_at: now - 30 * hourMs, feature: "search" },
    ])
    expect(await figures.aggregate()).toBe(3)
    const { summary } = await read()
    expect(summary?.current).toMatchObject({
      requests: 4,
      errors: 1,
      error_rate: 0.25,
      errors_by_category: { provider_5xx: 1, rate_limit: 0, other: 0 },
      cost: { usd: "0.0105", unknown_requests: 1, unknown_by_reason: { no_price: 1 }, estimated_requests: 0 },
      tokens: { input: 4000, output: 400, cache_read: 250, cache_write: null, reasoning: null },
      untagged_share: 0.25,
      streaming_share: 0.25,
      cache_hit_share: 0.25,
    })
    expect(summary?.previous).toMatchObject({ requests: 1, cost: { usd: "0.0035" } })
    expect(Math.abs((summary?.current.latency_ms.p50 ?? 0) - 200)).toBeLessThanOrEqual(2)
    expect(Math.abs((summary?.current.time_to_first_token_ms.p95 ?? 0) - 50)).toBeLessThanOrEqual(0.5)
    expect(summary?.top_features[0]).toEqual({
      value: "search",
      other: false,
      requests: 2,
      errors: 1,
      error_rate: 0.5,
      cost_usd: "0.007",
      cost_unknown_requests: 0,
      previous: { requests: 1, errors: 0, cost_usd: "0.0035" },
    })
    expect(summary?.top_models.map(({ value, requests }) => [value, requests])).toEqual([
      ["gpt-4o", 3],
      ["unheard-of", 1],
    ])
    expect(summary?.recent_failures).toMatchObject([
      { id: toPublicId("request", failure?.id ?? ""), status: 503, error_code: "overloaded", model: "gpt-4o" },
    ])
    expect((await read("last_7d")).summary).toMatchObject({ current: { requests: 5 }, previous: { requests: 0 } })
  })

  it("holds P95 against the organization's own target", async () => {
    for (const [target, status] of [
      [1000, "within"],
      [100, "over"],
    ]) {
      expect(await figures.patch("organization/latency-target", { latency_target_ms: target })).toBe(200)
      const { body } = await figures.get<LatencyTargetBody>("organization/latency-target")
      expect(LatencyTargetSchema.parse(body)).toMatchObject({ latency_target_ms: target })
      expect(await figures.aggregate()).toBe(3)
      expect((await read()).summary?.latency_target).toEqual({ p95_ms: target, status })
    }
    for (const wrong of [
      {},
      { latency_target_ms: 0 },
      { latency_target_ms: "1 s" },
      { latency_target_ms: 1, p99: 1 },
    ]) {
      expect(await figures.patch("organization/latency-target", wrong)).toBe(400)
    }
  })

  it("moves on with time while nothing arrives, and rests once nothing is left in it", async () => {
    figures.clock.move(6 * 60_000)
    expect(await figures.aggregate()).toBe(1)
    figures.clock.move(80 * 24 * hourMs)
    expect(await figures.aggregate()).toBe(3)
    expect((await read("last_30d")).summary?.current.requests).toBe(0)
    figures.clock.move(24 * hourMs)
    expect(await figures.aggregate()).toBe(0)
  })

  it("refuses a period it does not know", async () => {
    const { status, body } = await figures.get<ApiErrorBody>("overview?period=last_year&from=1")
    expect([status, body.error.details?.map(({ field }) => field).sort()]).toEqual([400, ["from", "period"]])
  })
})
