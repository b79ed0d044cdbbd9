import type { PipelineHealthBody } from "@sluice/protocol/api/pipeline-health"
import { describe, expect, it } from "vitest"
import { countLosses, describeProblems } from "./health-problems.ts"

const healthy: PipelineHealthBody = {
  received: 100,
  stored: 100,
  spooled: 0,
  queue_depth: 0,
  dropped: { ring_full: 0, spool_full: 0, rejected: 0, unserialisable: 0 },
  lost_to_crash: { at_least: 0, at_most: 0, crashes: [] },
  acknowledged: null,
  gateways: [],
  backup: { every_seconds: 86_400, last_backup_at: "2026-03-01T03:00:00.000Z", failure: null, overdue: false },
}

describe("describeProblems", () => {
  it("says nothing while every request became a row", () => {
    expect(describeProblems({ ...healthy, queue_depth: 12 })).toEqual([])
  })

  it("counts dropped records and names each reason", () => {
    const dropped = { ring_full: 1200, spool_full: 0, rejected: 3, unserialisable: 0 }
    const [problem] = describeProblems({ ...healthy, dropped })
    expect(problem).toMatchObject({ id: "dropped", tone: "bad" })
    expect(problem?.text).toContain("1,203 finished requests")
    expect(problem?.text).toContain("memory buffer full: 1,200, refused as invalid: 3")
  })

  it("gives what a crash took as an interval, and as a number when it is certain", () => {
    const crash = (least: number, most: number) =>
      describeProblems({ ...healthy, lost_to_crash: { at_least: least, at_most: most, crashes: [] } })[0]?.text
    expect(crash(0, 40)).toContain("between 0 and 40 records")
    expect(crash(1, 1)).toContain("took 1 record with it")
  })

  it("is silent of what somebody has seen, and says who did when more is missing", () => {
    const dropped = { ring_full: 12, spool_full: 0, rejected: 0, unserialisable: 0 }
    const lost_to_crash = { at_least: 1, at_most: 4, crashes: [] }
    const seen = { dropped: 12, lost_to_crash: 4, at: "2026-03-01T03:00:00.000Z", by: "Owner" }
    expect(describeProblems({ ...healthy, dropped, lost_to_crash, acknowledged: seen })).toEqual([])
    const more = describeProblems({ ...healthy, dropped, lost_to_crash, acknowledged: { ...seen, dropped: 10 } })
    expect(more.map(({ id, isPast }) => [id, isPast])).toEqual([["dropped", true]])
    expect(more[0]?.text).toContain("10 of them were seen by Owner at 2026-03-01 03:00 UTC.")
    expect(countLosses({ ...healthy, dropped, lost_to_crash })).toEqual({ dropped: 12, lost_to_crash: 4 })
  })

  it("tells a store that is behind from loss", () => {
    expect(describeProblems({ ...healthy, spooled: 1 })).toEqual([
      expect.objectContaining({ id: "spooled", tone: "warn", text: expect.stringContaining("1 request wait") }),
    ])
  })

  it("tells of a backup that failed or is overdue, and how old the last good one is", () => {
    const { backup } = healthy
    const failed = describeProblems({ ...healthy, backup: { ...backup, failure: "the disk is full." } })
    expect(failed).toEqual([
      {
        id: "backup",
        tone: "warn",
        text: 'The last backup failed: the disk is full. The last good one is of 2026-03-01 03:00 UTC. "sluice backup" makes one now.',
      },
    ])
    const never = { ...backup, last_backup_at: null, overdue: true }
    expect(describeProblems({ ...healthy, backup: never })[0]?.text).toContain("overdue. There is none yet.")
  })
})
