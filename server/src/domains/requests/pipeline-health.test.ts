import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Epoch } from "./epoch.ts"
import { mergeReports, withoutSettled } from "./epoch.ts"
import { exampleBatch } from "./example-exchange.ts"
import { lostAfterMs, toPipelineHealth } from "./pipeline-health.ts"

const now = Date.parse("2026-06-01T00:00:00Z")
const moment = { now, listeningSince: now - 60_000 }
const first = "01890a5d-ac96-774b-bcce-b302099a8001"
const second = "01890a5d-ac96-774b-bcce-b302099a8002"

const epochOf = (values: Partial<Epoch>): Epoch => ({
  epoch: first,
  instance: "gateway-0",
  startedAt: now - 60_000,
  lastHeardAt: now,
  opened: 0,
  received: 0,
  ceiling: 0,
  stored: 0,
  rejected: 0,
  dropped: {},
  spooled: {},
  snapshotVersion: null,
  ended: false,
  ...values,
})

const figures = (epochs: readonly Epoch[], at = moment) => {
  const { received, stored, spooled, queueDepth, dropped, lost } = toPipelineHealth(epochs, at)
  const drops = Object.values(dropped).reduce((total, count) => total + count, 0)
  return { received, stored, dropped: drops, spooled, queue: queueDepth, lost: [lost.atLeast, lost.atMost] }
}

const silent = now - lostAfterMs - 1

describe("pipeline health", () => {
  it.each<[string, Partial<Epoch>, ReturnType<typeof figures>]>([
    ["nothing", {}, { received: 0, stored: 0, dropped: 0, spooled: 0, queue: 0, lost: [0, 0] }],
    [
      "a live process: what is not accounted for waits in its memory",
      { received: 100, ceiling: 1100, stored: 60, dropped: { ring_full: 5 }, spooled: { [first]: 10 } },
      { received: 100, stored: 60, dropped: 5, spooled: 10, queue: 25, lost: [0, 0] },
    ],
    [
      "a lost process: what is not accounted for is lost, and perhaps what it began",
      {
        received: 100,
        ceiling: 110,
        stored: 60,
        dropped: { ring_full: 5 },
        spooled: { [first]: 10 },
        lastHeardAt: silent,
      },
      { received: 75, stored: 60, dropped: 5, spooled: 10, queue: 0, lost: [25, 35] },
    ],
    [
      "a lost process whose last records arrived after all",
      { received: 100, ceiling: 110, stored: 104, lastHeardAt: silent },
      { received: 104, stored: 104, dropped: 0, spooled: 0, queue: 0, lost: [0, 6] },
    ],
    [
      "a clean stop: nothing can have been begun after it",
      { received: 100, ceiling: 1100, stored: 100, lastHeardAt: silent, ended: true },
      { received: 100, stored: 100, dropped: 0, spooled: 0, queue: 0, lost: [0, 0] },
    ],
    [
      "a clean stop that left its spool behind",
      { received: 100, stored: 90, spooled: { [first]: 10 }, lastHeardAt: silent, ended: true },
      { received: 100, stored: 90, dropped: 0, spooled: 10, queue: 0, lost: [0, 0] },
    ],
    [
      "a spool that was stored since the report",
      { received: 100, stored: 95, spooled: { [first]: 10 } },
      { received: 100, stored: 95, dropped: 0, spooled: 5, queue: 0, lost: [0, 0] },
    ],
    [
      "records rejected on behalf of a lost process",
      { received: 10, ceiling: 10, stored: 8, rejected: 2, lastHeardAt: silent },
      { received: 10, stored: 8, dropped: 2, spooled: 0, queue: 0, lost: [0, 0] },
    ],
  ])("accounts for %s", (_, epoch, expected) => {
    expect(figures([epochOf(epoch)])).toEqual(expected)
  })

  it("takes the word of whoever owns a dead process's spool files", () => {
    const dead = epochOf({ received: 100, ceiling: 100, stored: 60, lastHeardAt: silent })
    const heir = epochOf({ epoch: second, instance: "gateway-1", spooled: { [first]: 30 } })
    expect(figures([dead, heir])).toMatchObject({ received: 90, spooled: 30, lost: [10, 10] })
  })

  it("counts the spool of a process it never heard of", () => {
    const heir = epochOf({ epoch: second, spooled: { [first]: 30 } })
    expect(figures([heir])).toMatchObject({ received: 30, spooled: 30, queue: 0, lost: [0, 0] })
  })

  it("counts a process as lost when a newer one of its instance speaks, and not while nobody could be heard", () => {
    const old = epochOf({ received: 5, ceiling: 5 })
    const newer = epochOf({ epoch: second, startedAt: now - 1000 })
    expect(figures([old, newer])).toMatchObject({ queue: 0, lost: [5, 5] })
    const quiet = epochOf({ received: 5, lastHeardAt: silent })
    expect(figures([quiet], { now, listeningSince: now - 1000 })).toMatchObject({ queue: 5, lost: [0, 0] })
  })

  it("lists processes that are there, and crashes newest first", () => {
    const health = toPipelineHealth(
      [
        epochOf({ instance: "b", snapshotVersion: "v1" }),
        epochOf({ epoch: second, instance: "a", received: 1, lastHeardAt: silent - 5 }),
        epochOf({ epoch: second.replace(/2$/, "3"), instance: "c", received: 2, lastHeardAt: silent }),
      ],
      moment,
    )
    expect(health.gateways).toEqual([{ instance: "b", lastHeardAt: now, snapshotVersion: "v1" }])
    expect(health.crashes.map((crash) => crash.instance)).toEqual(["c", "a"])
  })
})

const count = fc.integer({ min: 0, max: 1000 })

const anyEpoch = fc
  .record({
    n: fc.integer({ min: 1, max: 6 }),
    instance: fc.constantFrom("a", "b", "c"),
    startedAt: fc.integer({ min: now - 10_000, max: now }),
    lastHeardAt: fc.integer({ min: now - 10_000, max: now }),
    received: count,
    ahead: count,
    stored: count,
    rejected: count,
    ring: count,
    spool: fc.dictionary(fc.constantFrom("1", "2", "3", "9"), count),
    ended: fc.boolean(),
  })
  .map(({ n, ahead, ring, spool, ...values }) => {
    const spooled = Object.fromEntries(Object.entries(spool).map(([key, held]) => [first.replace(/1$/, key), held]))
    const epoch = first.replace(/1$/, String(n))
    return epochOf({ ...values, epoch, ceiling: values.received + ahead, dropped: { ring_full: ring }, spooled })
  })

describe("the equation of pipeline health", () => {
  it("holds for any accounts, however stale or contradictory", () => {
    fc.assert(
      fc.property(fc.uniqueArray(anyEpoch, { selector: (epoch) => epoch.epoch, maxLength: 6 }), (epochs) => {
        const { received, stored, dropped, spooled, queue, lost } = figures(epochs)
        expect(received).toBe(stored + dropped + spooled + queue)
        expect(Math.min(spooled, queue, lost[0] ?? -1)).toBeGreaterThanOrEqual(0)
        expect(lost[1]).toBeGreaterThanOrEqual(lost[0] ?? 0)
      }),
    )
  })

  it("bounds what a crash really took", () => {
    fc.assert(
      fc.property(
        fc.record({ stored: count, ring: count, spooled: count, memory: count, unheard: count, open: count }),
        ({ stored, ring, spooled, memory, unheard, open }) => {
          // The last heartbeat told of `memory` records; `unheard` finished after it and `open` never did.
          const received = stored + ring + spooled + memory
          const epoch = epochOf({
            received,
            ceiling: received + unheard + open,
            stored,
            dropped: { ring_full: ring },
            spooled: { [first]: spooled },
            lastHeardAt: silent,
          })
          const [atLeast = 0, atMost = 0] = figures([epoch]).lost
          expect(atLeast).toBeLessThanOrEqual(memory + unheard)
          expect(atMost).toBeGreaterThanOrEqual(memory + unheard)
        },
      ),
    )
  })
})

describe("reports", () => {
  const report = exampleBatch(first, []).report

  it("merge into the furthest of each counter and the newest spool", () => {
    const older = { ...report, received: 5, opened: 9, dropped: { ring_full: 2 }, spooled: { [first]: 5 } }
    const newer = { ...report, received: 6, opened: 8, ceiling: 2000, spooled: {}, final: true }
    for (const merged of [mergeReports(older, newer), mergeReports(newer, older)]) {
      expect(merged).toMatchObject({ received: 6, opened: 9, ceiling: 2000, final: true, spooled: {} })
      expect(merged.dropped).toEqual({ ring_full: 2 })
    }
  })

  it("lose from another's spool what the same shipment stores", () => {
    const told = { ...report, spooled: { [first]: 4, [second]: 4 } }
    expect(
      withoutSettled(
        told,
        new Map([
          [first, 3],
          [second, 3],
        ]),
      ).spooled,
    ).toEqual({ [first]: 4, [second]: 1 })
  })
})
