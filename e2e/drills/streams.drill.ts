import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { runBenchLoad, type StreamFigures, startBenchUpstream } from "../bench-load.ts"
import { type Installation, startInstallation } from "../installation.ts"

interface RateFigures {
  readonly requests: number
  readonly errors: number
}

const small = { mode: "streams", streams: 64, frames: 150, intervalMs: 20 }

describe("the gateway under streams", () => {
  let upstream: Awaited<ReturnType<typeof startBenchUpstream>>
  let installation: Installation

  beforeAll(async () => {
    upstream = await startBenchUpstream()
    installation = await startInstallation({ env: { SLUICE_PROVIDER_OPENAI_BASE_URL: upstream.url } })
  })
  afterAll(async () => {
    await installation?.remove()
    upstream?.stop()
  })

  it("carries 2,000 at once without losing a frame", async () => {
    const job = { mode: "streams", streams: 2000, frames: 100, intervalMs: 100, spreadMs: 4000, lateAfterMs: 5000 }
    const figures = await runBenchLoad<StreamFigures>(installation, job)
    console.log(`2,000 streams: delay p50 ${figures.delayMs.p50} ms, p99 ${figures.delayMs.p99} ms`)
    expect(figures.reasons).toEqual({})
    expect(figures).toMatchObject({ whole: 2000, mostOpen: 2000, frames: 200_000, lost: 0, wrong: 0, late: 0 })
  })

  it("does not let prompts of 500 kB stall small streams beside them", async () => {
    const alone: number[] = []
    const beside: number[] = []
    // In turns, so that whatever else the machine does falls on both; the best round of each counts.
    for (let round = 0; round < 3; round += 1) {
      alone.push((await runBenchLoad<StreamFigures>(installation, small)).delayMs.p99 ?? Number.POSITIVE_INFINITY)
      const large = { mode: "fixed-rate", perSecond: 5, durationMs: 3000, connections: 2, bodyBytes: 500_000 }
      const [streams, prompts] = await Promise.all([
        runBenchLoad<StreamFigures>(installation, small),
        runBenchLoad<RateFigures>(installation, large),
      ])
      expect(streams).toMatchObject({ whole: 64, lost: 0, wrong: 0, errors: 0 })
      expect(prompts).toMatchObject({ requests: 15, errors: 0 })
      beside.push(streams.delayMs.p99 ?? Number.POSITIVE_INFINITY)
    }
    const show = (figures: readonly number[]) => figures.map((figure) => figure.toFixed(2)).join(", ")
    console.log(`small streams, p99 of a frame: alone ${show(alone)} ms; beside prompts of 500 kB ${show(beside)} ms`)
    expect(Math.min(...beside) - Math.min(...alone)).toBeLessThanOrEqual(10)
  })
})
