import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { exampleExchange } from "./example-exchange.ts"
import { exchangeColumns, toExchangeRow, toRowsText } from "./exchange-row.ts"
import { readRecords } from "./read-records.ts"

const now = Date.parse("2026-06-01T00:00:00Z")
const uuid = "01890a5d-ac96-774b-bcce-b302099a8057"
const place = { organization_id: uuid, project_id: uuid, key_id: uuid, epoch: uuid, finished_at: now }
const cost = { costUsd: "1", reason: null, priceVersion: "v" } as const
const dayMs = 24 * 60 * 60 * 1000

describe("records as they arrive", () => {
  it("are read one by one, with the reason where one is wrong", () => {
    const good = exampleExchange(place)
    const { accepted, rejected } = readRecords([good, null, { ...good, status: 9 }, { ...good, extra: 1 }])
    expect(accepted.map(({ index }) => index)).toEqual([0])
    expect(rejected.map(({ index, epoch }) => [index, epoch])).toEqual([
      [1, null],
      [2, uuid],
      [3, uuid],
    ])
    expect(rejected[1]?.reason).toMatch(/^status: /)
  })

  it("are rejected, not thrown over, whatever they are", () => {
    fc.assert(
      fc.property(fc.array(fc.anything()), (records) => {
        const { accepted, rejected } = readRecords(records)
        return accepted.length + rejected.length === records.length
      }),
    )
  })

  it("are rejected when a time is past what a calendar holds", () => {
    const { rejected } = readRecords([exampleExchange(place, { finished_at: Number.MAX_SAFE_INTEGER })])
    expect(rejected[0]?.reason).toBe("finished_at: not a time before the year 9999")
  })
})

describe("rows", () => {
  it("have a value for every column and a column for every value", () => {
    const row = toExchangeRow(exampleExchange(place), cost, now)
    expect(Object.keys(row).sort()).toEqual(exchangeColumns.map(([name]) => name).sort())
  })

  it("say that a clock was wrong when the time cannot be", () => {
    const quality = (finishedAt: number) =>
      toExchangeRow(exampleExchange({ ...place, finished_at: finishedAt }), cost, now).quality
    expect(quality(now + dayMs)).toEqual([])
    expect(quality(now + dayMs + 1)).toEqual(["clock_skew"])
    expect(quality(now - 91 * dayMs)).toEqual(["clock_skew"])
  })

  it("hold no character that the database cannot", () => {
    const record = exampleExchange(place, { feature: "a\0b", metadata: { "k\ud800": ["\udc00", "\\u0000", "😀"] } })
    const [row] = JSON.parse(toRowsText([toExchangeRow(record, cost, now)])) as { feature: string; metadata: unknown }[]
    expect(row?.feature).toBe("a\ufffdb")
    expect(row?.metadata).toEqual({ "k\ufffd": ["\ufffd", "\\u0000", "😀"] })
  })
})
