import type { PipelineHealthBody } from "@sluice/protocol/api/pipeline-health"
import { describe, expect, it } from "vitest"
import { describeProblems } from "./health-problems.ts"

const healthy: PipelineHealthBody = {
  received: 100,
  stored: 100,
  spooled: 0,
  queue_depth: 0,
  dropped: { ring_full: 0, spool_full: 0, rejected: 0, unserialisable: 0 },
  lost_to_crash: { at_least: 0, at_most: 0, crashes: [] },
  gateways: [],
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

  it("tells a store that is behind from loss", () => {
    expect(describeProblems({ ...healthy, spooled: 1 })).toEqual([
      expect.objectContaining({ id: "spooled", tone: "warn", text: expect.stringContaining("1 request wait") }),
    ])
  })
})
