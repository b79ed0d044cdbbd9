import type { BreakdownsBody } from "@sluice/protocol/api/breakdowns"
import type { ApiErrorBody } from "@sluice/protocol/api/common"
import { dimensions } from "@sluice/protocol/api/figures"
import { type TimeseriesBody, timeseriesMetrics } from "@sluice/protocol/api/timeseries"
import { beforeAll, expect, it } from "vitest"
import { createBreakdownStore, createTimeseriesStore } from "../../domains/insights/index.ts"
import { describeEachDatabase } from "../../testing/database.ts"
import { openTestFigures, type TestFigures } from "../../testing/figures.ts"
import { createCursors } from "../cursor.ts"
import { BreakdownSchema } from "../presenters/breakdown.ts"
import { TimeseriesSchema } from "../presenters/timeseries.ts"
import { breakdownRoutes } from "./breakdowns.ts"
import { timeseriesRoutes } from "./timeseries.ts"

const hourMs = 3_600_000
const dayMs = 24 * hourMs

describeEachDatabase("time series and breakdowns", (open) => {
  let figures: TestFigures
  let now: number
  const time = (ms: number) => new Date(ms).toISOString()

  const series = async (query: string, from = now - 6 * hourMs, to = now) => {
    const path = `timeseries?from=${time(from)}&to=${time(to)}&${query}`
    const { status, body } = await figures.get<TimeseriesBody>(path)
    expect([status, body]).toEqual([200, TimeseriesSchema.parse(body)])
    return body
  }
  const breakdown = async (query: string) => {
    const { status, body } = await figures.get<BreakdownsBody>(`breakdowns?${query}`)
    expect([status, body]).toEqual([200, BreakdownSchema.parse(body)])
    return body
  }
  const refusal = async (path: string) => {
    const { status, body } = await figures.get<ApiErrorBody>(path)
    expect(status).toBe(400)
    return body.error.details?.map(({ field }) => field) ?? body.error.code
  }

  beforeAll(async () => {
    const db = await open()
    const store = createTimeseriesStore(db)
    figures = await openTestFigures(db, ({ clock, keys }) => [
      timeseriesRoutes({ store, clock }),
      breakdownRoutes({ store: createBreakdownStore(db), names: store, cursors: createCursors(keys.cursors), clock }),
    ])
    now = figures.clock.now()
    await figures.add([
      ...Array.from({ length: 6 }, (_, index) => ({
        feature: "search",
        latency_ms: 100 * (index + 1),
        finished_at: now - (index % 3) * hourMs - 1000,
        user_id: `user-${index % 4}`,
      })),
      { feature: "chat", status: 500, finished_at: now - 1000, latency_ms: 5000 },
      {
        feature: null,
        model_requested: "unheard-of",
        model_actual: "unheard-of",
        model_response: null,
        provider: "groq",
      },
      { feature: "old", finished_at: now - 20 * dayMs },
    ])
    await figures.aggregate()
  })

  it("have a point for each step, zero where nothing happened and null where nothing is known", async () => {
    const requests = await series("metric=requests&step=hour")
    expect(requests.times).toHaveLength(6)
    expect(requests.series).toEqual([{ value: null, name: null, other: false, points: [0, 0, 0, 2, 2, 3] }])
    expect(requests).toMatchObject({ complete_until: time(now), unknown_requests: 0 })
    expect((await series("metric=cost_usd&step=hour")).series[0]?.points).toEqual([
      "0",
      "0",
      "0",
      "0.007",
      "0.007",
      "0.0105",
    ])
    expect((await series("metric=error_rate&step=hour")).series[0]?.points).toEqual([null, null, null, 0, 0, 0.333333])
    expect((await series("metric=latency_ms_mean&step=hour")).series[0]?.points.slice(2, 4)).toEqual([null, 450])
    const unknown = await series("metric=cost_usd&step=hour&provider=groq", now - hourMs, now + hourMs)
    expect(unknown.series[0]?.points).toEqual(["0", null])
    expect(unknown).toMatchObject({ unknown_requests: 1, complete_until: time(now) })
  })

  it("hold percentiles within one percent, for a line or for each value", async () => {
    const p95 = (await series("metric=latency_ms_p95&step=hour&feature=search")).series[0]?.points ?? []
    expect(p95.slice(0, 3)).toEqual([null, null, null])
    for (const [index, exact] of [300, 200, 100].entries()) {
      expect(Math.abs(Number(p95[index + 3]) - exact)).toBeLessThanOrEqual(exact * 0.01)
    }
    const all = await series("metric=latency_ms_p50&step=day&group_by=feature", now - dayMs, now)
    expect(all.series.map(({ value }) => value)).toEqual(["search", null, "chat"])
  })

  it("give the busiest values a line each and the rest one together", async () => {
    const { series: lines } = await series("metric=requests&group_by=feature&groups=1&step=hour", now - 2 * hourMs, now)
    expect(lines).toEqual([
      { value: "search", name: null, other: false, points: [2, 2] },
      { value: null, name: null, other: true, points: [0, 1] },
    ])
    const keys = await series("metric=requests&group_by=key&step=hour")
    expect(keys.series[0]).toMatchObject({ value: expect.stringMatching(/^key_/), name: expect.any(String) })
    expect((await series("metric=requests&feature=untagged&step=hour", now, now + hourMs)).series[0]?.points).toEqual([
      1,
    ])
  })

  it("answer every metric, and choose a step by themselves", async () => {
    for (const metric of timeseriesMetrics) await series(`metric=${metric}`)
    const stepOf = async (from: number, metric = "requests") => (await series(`metric=${metric}`, from)).step
    expect(await stepOf(now - hourMs)).toBe("minute")
    expect(await stepOf(now - hourMs, "latency_ms_p95")).toBe("hour")
    expect(await stepOf(now - 2 * dayMs)).toBe("hour")
    expect(await stepOf(now - 30 * dayMs)).toBe("day")
  })

  it("break a period down by every dimension, and add up to all of it", async () => {
    for (const dimension of dimensions) {
      const { data } = await breakdown(`dimension=${dimension}&period=last_24h`)
      expect(data.reduce((sum, item) => sum + item.requests, 0)).toBe(8)
      expect(data.reduce((sum, item) => sum + (item.requests_share ?? 0), 0)).toBeCloseTo(1, 4)
    }
    const { data } = await breakdown("dimension=feature&period=last_24h")
    expect(data[0]).toMatchObject({
      value: "search",
      requests: 6,
      requests_share: 0.75,
      error_rate: 0,
      cost: { usd: "0.021", unknown_requests: 0, estimated_requests: 0 },
      tokens: { input: 6000, output: 600, cache_read: null, unknown_requests: 0 },
      latency_ms_mean: 350,
    })
    expect(Math.abs((data[0]?.latency_ms?.p99 ?? 0) - 500)).toBeLessThanOrEqual(5)
    expect(data.map(({ value }) => value)).toEqual(["search", null, "chat"])
    const models = await breakdown("dimension=model&period=last_24h&feature=search")
    expect(models.data.map(({ value, requests }) => [value, requests])).toEqual([["gpt-4o", 6]])
    const users = await breakdown("dimension=user&period=last_24h")
    expect(users.data[0]).toMatchObject({ latency_ms: null, tokens: { input: 2000, cache_read: null } })
    expect((await breakdown("dimension=key&period=last_24h")).data[0]).toMatchObject({
      value: expect.stringMatching(/^key_/),
      name: expect.any(String),
    })
  })

  it("page through values in any order, unknown ones last, within the span of the first page", async () => {
    const read = async (sort: string) => {
      const seen: (string | null)[] = []
      const spans = new Set<string>()
      for (let cursor = ""; ; ) {
        const page = await breakdown(`dimension=feature&period=last_30d&sort=${sort}&limit=1${cursor}`)
        seen.push(...page.data.map(({ value }) => value))
        spans.add(page.from)
        figures.clock.move(1000)
        if (!page.has_more) break
        cursor = `&cursor=${page.next_cursor}`
      }
      expect(spans.size).toBe(1)
      return seen
    }
    expect(await read("-cost_usd")).toEqual(["search", "chat", "old", null])
    expect(await read("cost_usd")).toEqual(["chat", "old", "search", null])
    expect(await read("-error_rate")).toEqual(["chat", null, "old", "search"])
    expect(await read("requests")).toEqual([null, "chat", "old", "search"])
  })

  it("sort by number, not by text", async () => {
    const add = (task: string, length: number) =>
      figures.add(Array.from({ length }, () => ({ task, feature: "sorted", finished_at: now - 40 * dayMs })))
    await add("nine", 9)
    await add("ten", 10)
    const range = `from=${time(now - 41 * dayMs)}&to=${time(now - 39 * dayMs)}`
    const found: (string | null)[] = []
    for (const cursor of ["", "next"]) {
      const before = await breakdown(`dimension=task&${range}&limit=1`)
      const page = cursor ? await breakdown(`dimension=task&${range}&limit=1&cursor=${before.next_cursor}`) : before
      found.push(page.data[0]?.value ?? null)
    }
    expect(found).toEqual(["ten", "nine"])
  })

  it("take ranges of their own, widened to what is kept", async () => {
    const range = (from: number, to: number) => `from=${time(from)}&to=${time(to)}`
    const old = await breakdown(`dimension=feature&${range(now - 20 * dayMs - 1, now - 19 * dayMs + 1)}`)
    expect(old.data.map(({ value }) => value)).toEqual(["old"])
    expect(old).toMatchObject({ from: time(now - 20 * dayMs - hourMs), to: time(now - 19 * dayMs + hourMs) })
    const recent = await breakdown(`dimension=feature&${range(now - 61_000, now - 1)}`)
    expect(recent).toMatchObject({ from: time(now - 120_000), to: time(now) })
    expect(recent.data.map(({ value, requests }) => [value, requests])).toEqual([
      ["search", 2],
      ["chat", 1],
    ])
  })

  it("refuse what does not go together, and say which field", async () => {
    const range = `from=${time(now - dayMs)}&to=${time(now)}`
    expect(await refusal(`timeseries?metric=speed&${range}&colour=red`)).toEqual(
      expect.arrayContaining(["metric", "colour"]),
    )
    expect(await refusal(`timeseries?metric=requests&from=${time(now)}&to=${time(now)}`)).toEqual(["to"])
    expect(await refusal(`timeseries?metric=latency_ms_p95&step=minute&${range}`)).toEqual(["step"])
    const long = `from=${time(now - 900 * dayMs)}&to=${time(now)}`
    expect(await refusal(`timeseries?metric=requests&step=hour&${long}`)).toEqual(["step"])
    expect(await refusal(`timeseries?metric=requests&step=minute&${long}`)).toEqual(["step"])
    expect(await refusal(`timeseries?metric=requests&key=nobody&${range}`)).toEqual(["key"])
    expect(await refusal("breakdowns?dimension=feature")).toEqual(["period"])
    expect(await refusal(`breakdowns?dimension=feature&period=last_24h&${range}`)).toEqual(["period"])
    expect(await refusal("breakdowns?dimension=user&period=last_24h&model=gpt-4o")).toEqual(["model"])
    const { next_cursor } = await breakdown("dimension=feature&period=last_24h&limit=1")
    expect(await refusal(`breakdowns?dimension=model&period=last_24h&cursor=${next_cursor}`)).toBe("invalid_cursor")
  })
})
