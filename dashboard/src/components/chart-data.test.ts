import type { TimeseriesBody } from "@sluice/protocol/api/timeseries"
import { describe, expect, it } from "vitest"
import { formatTick, hasAnything, toChartData } from "./chart-data.ts"

const body = (more: Partial<TimeseriesBody>): TimeseriesBody => ({
  metric: "cost_usd",
  step: "hour",
  from: "2026-11-21T10:00:00.000Z",
  to: "2026-11-21T12:00:00.000Z",
  group_by: null,
  complete_until: "2026-11-21T11:00:00.000Z",
  estimated_requests: 0,
  unknown_requests: 2,
  times: ["2026-11-21T10:00:00.000Z", "2026-11-21T11:00:00.000Z"],
  series: [{ value: null, name: null, other: false, points: ["0.000123", null] }],
  ...more,
})

describe("a chart's data", () => {
  it("draws numbers and says exact amounts, with a dash for what is unknown", () => {
    const data = toChartData(["Cost"], [body({})], "usd")
    expect(data).toMatchObject({ stepSeconds: 3600, unknownRequests: 2 })
    expect(data?.lines[0]).toMatchObject({ title: "Cost", values: [0.000123, null], texts: ["$0.000123", "–"] })
    expect(data && hasAnything(data)).toBe(true)
  })

  it("waits until all lines are there and of the same times", () => {
    expect(toChartData(["a", "b"], [body({}), undefined], "usd")).toBeNull()
    const later = body({ times: ["2026-11-21T11:00:00.000Z", "2026-11-21T12:00:00.000Z"] })
    expect(toChartData(["a", "b"], [body({}), later], "usd")).toBeNull()
  })

  it("is nothing to draw when all of it is nothing", () => {
    const data = toChartData(
      ["Cost"],
      [body({ series: [{ value: null, name: null, other: false, points: ["0", null] }] })],
      "usd",
    )
    expect(data && hasAnything(data)).toBe(false)
  })
})

describe("a value beside an axis", () => {
  it("is short", () => {
    expect(formatTick(12_500, "count")).toBe("12.5K")
    expect(formatTick(0.0005, "usd")).toBe("$0.0005")
    expect(formatTick(0.05, "share")).toBe("5 %")
    expect(formatTick(1500, "duration")).toBe("1.50 s")
  })
})
