import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { runBenchLoad, type StreamFigures, startBenchUpstream } from "./bench-load.ts"
import { type Installation, startInstallation } from "./installation.ts"

describe("many streams at once", () => {
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

  it("are 512 with frames 20 ms apart, and every frame of each arrives whole and in its place", async () => {
    const job = { mode: "streams", streams: 512, frames: 200, intervalMs: 20, lateAfterMs: 2000 }
    const figures = await runBenchLoad<StreamFigures>(installation, job)
    expect(figures.reasons).toEqual({})
    expect(figures).toMatchObject({ whole: 512, mostOpen: 512, frames: 512 * 200, lost: 0, wrong: 0 })
    // The bound is for machines that do other things at the same time; the benchmark has the strict one.
    expect(figures.late, `the slowest frame took ${figures.delayMs.max?.toFixed(0)} ms`).toBe(0)
  })
})
