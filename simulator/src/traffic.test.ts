import { ExchangeRecord } from "@sluice/protocol/exchange-record"
import { timeOfUuid } from "@sluice/protocol/ids"
import { beforeAll, describe, expect, it } from "vitest"
import { demoAnomalies } from "./demo-anomalies.ts"
import { generateDemoRecords } from "./traffic.ts"

const hour = 3_600_000
const now = Date.parse("2026-03-12T15:20:00Z")
const owner = {
  organizationId: "01890a5d-ac96-774b-bcce-b302099a8057",
  projectId: "01890a5d-ac96-774b-bcce-b302099a8058",
  keyId: "01890a5d-ac96-774b-bcce-b302099a8059",
}

let records: readonly ExchangeRecord[]
beforeAll(() => {
  records = [...generateDemoRecords({ seed: "demo", now, ...owner })]
})

const anomaly = (name: string) => demoAnomalies.find((candidate) => candidate.name === name)!
const within = (name: string): readonly ExchangeRecord[] => {
  const { feature, startsBeforeMs, lastsMs } = anomaly(name)
  const from = now - startsBeforeMs
  return records.filter((r) => r.feature === feature && r.started_at >= from && r.started_at < from + lastsMs)
}
const outside = (name: string): readonly ExchangeRecord[] => {
  const inside = new Set(within(name))
  return records.filter((record) => record.feature === anomaly(name).feature && !inside.has(record))
}
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

describe("the demo's history", () => {
  it("consists of records that the wire accepts, marked as demo", () => {
    for (const record of records) {
      expect(ExchangeRecord.safeParse(record).error).toBeUndefined()
      expect(record.metadata).toEqual({ demo: true })
      expect(record.environment).toBe("development")
    }
  })

  it("covers two weeks with the number of requests asked for, and nothing after now", () => {
    expect(records.length / 14).toBeGreaterThan(400)
    expect(records.length / 14).toBeLessThan(560)
    expect(records[0]!.started_at).toBeGreaterThanOrEqual(now - 14 * 24 * hour)
    expect(Math.max(...records.map((record) => record.finished_at))).toBeLessThanOrEqual(now)
  })

  it("numbers its records without a gap, in order, under unique ids that tell their time", () => {
    expect(records.map((record) => record.seq)).toEqual(records.map((_, index) => index + 1))
    expect(new Set(records.map((record) => record.id)).size).toBe(records.length)
    expect(records.every((record) => timeOfUuid(record.id) === record.started_at)).toBe(true)
  })

  it("is the same for the same seed and another for another", () => {
    const again = [...generateDemoRecords({ seed: "demo", now, ...owner })]
    expect(again).toEqual(records)
    const other = [...generateDemoRecords({ seed: "other", now, days: 1, ...owner })]
    expect(other.at(-1)?.id).not.toBe(records.at(-1)?.id)
  })

  it("is busy on working days at noon and quiet at night and on weekends", () => {
    const at = (test: (date: Date) => boolean): number =>
      records.filter((record) => test(new Date(record.started_at))).length
    expect(at((date) => date.getUTCHours() === 10)).toBeGreaterThan(4 * at((date) => date.getUTCHours() === 3))
    expect(at((date) => date.getUTCDay() === 2)).toBeGreaterThan(2 * at((date) => date.getUTCDay() === 0))
  })

  it("uses every provider, and has errors, untagged requests and sessions", () => {
    expect(new Set(records.map((record) => record.provider))).toEqual(
      new Set(["openai", "anthropic", "gemini", "groq"]),
    )
    const categories = new Set(records.map((record) => record.error_category))
    for (const category of ["rate_limit", "provider_5xx", "client_cancelled"] as const)
      expect(categories).toContain(category)
    expect(records.some((record) => record.feature === null)).toBe(true)
    expect(records.some((record) => record.session_id !== null)).toBe(true)
  })

  it("shows each known anomaly, and nothing like it elsewhere", () => {
    const tokens = (list: readonly ExchangeRecord[]) => list.reduce((sum, record) => sum + (record.usage.input ?? 0), 0)
    const hours = (14 * 24 * hour) / hour
    expect(tokens(within("cost-spike"))).toBeGreaterThan((20 * tokens(outside("cost-spike"))) / hours)
    const latency = (list: readonly ExchangeRecord[]) => mean(list.map((record) => record.latency_ms))
    expect(latency(within("latency-spike"))).toBeGreaterThan(3 * latency(outside("latency-spike")))
    const errors = (list: readonly ExchangeRecord[]) => mean(list.map((record) => (record.status >= 400 ? 1 : 0)))
    expect(errors(within("error-burst"))).toBeGreaterThan(0.5)
    expect(errors(outside("error-burst"))).toBeLessThan(0.05)
    const loop = within("runaway-loop").filter((record) => record.started_at > now - hour / 4)
    expect(loop.length).toBeGreaterThan(20)
    expect(new Set(loop.map((record) => record.session_id))).toEqual(new Set(["session-loop"]))
  })
})
