import { describe, expect, it } from "vitest"
import { createUuid } from "../../platform/ids.ts"
import { CommitSize } from "./commit-size.ts"
import { exampleExchange } from "./example-exchange.ts"
import { toExchangeRow } from "./exchange-row.ts"

const now = Date.parse("2026-06-01T12:00:00Z")
const ids = { organization_id: createUuid(now), project_id: createUuid(now), key_id: createUuid(now) }
const cost = { costUsd: null, reason: "no_price", priceVersion: null } as const

function rows(count: number, values: (index: number) => object = () => ({})) {
  return Array.from({ length: count }, (_, index) =>
    toExchangeRow(
      { ...exampleExchange({ ...ids, epoch: createUuid(now), finished_at: now }), ...values(index) },
      cost,
      now,
    ),
  )
}

const different = (index: number) => ({
  feature: `f${index}`,
  task: `t${index}`,
  user_id: `u${index}`,
  session_id: `s${index}`,
})

describe("the size of a commit", () => {
  it("is 2,000 records of a few series", () => {
    expect(new CommitSize().fit(rows(2100))).toBe(2000)
  })

  it("is 500 records that have nothing in common", () => {
    expect(new CommitSize().fit(rows(2000, different))).toBe(500)
  })

  it("is 100 hours, be the records of each as few as they are", () => {
    expect(new CommitSize().fit(rows(300, (index) => ({ finished_at: now - index * 3_600_000 })))).toBe(100)
  })

  it("is one record at least, and none of none", () => {
    expect(new CommitSize({ records: 10, figures: 1, hours: 1 }).fit(rows(3, different))).toBe(1)
    expect(new CommitSize().fit([])).toBe(0)
  })

  it("halves with every failure, down to one, and doubles again with every shipment that was stored", () => {
    const size = new CommitSize()
    const many = rows(2000)
    const fits: number[] = []
    for (let at = 0; at < 13; at += 1) {
      fits.push(size.fit(many))
      size.failed(size.fit(many))
    }
    expect(fits).toEqual([2000, 1000, 500, 250, 125, 62, 31, 15, 7, 3, 1, 1, 1])
    size.succeeded()
    expect(size.fit(many)).toBe(2)
    for (let at = 0; at < 12; at += 1) size.succeeded()
    expect(size.fit(many)).toBe(2000)
  })

  it("halves what failed, be the limit further away", () => {
    const size = new CommitSize()
    size.failed(40)
    expect(size.fit(rows(2000))).toBe(20)
  })
})
