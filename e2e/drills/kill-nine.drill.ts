import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { PipelineHealthBody } from "@sluice/protocol/api/pipeline-health"
import { startSimulator } from "@sluice/simulator/simulator"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Installation, startInstallation } from "../installation.ts"
import { startLoad } from "../load.ts"
import { descendantsOf } from "../processes.ts"

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const cycles = 20

/** Repeatable moments: a linear congruential generator (Numerical Recipes' constants). */
function* moments(seed: number): Generator<number> {
  for (let state = seed >>> 0; ; state = (Math.imul(state, 1664525) + 1013904223) >>> 0) yield state / 2 ** 32
}

describe("an embedded installation killed with -9 at random moments", () => {
  let dataDir: string
  let simulator: Awaited<ReturnType<typeof startSimulator>>

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "sluice-kill-"))
    simulator = await startSimulator({ port: 0 })
  })

  afterAll(async () => {
    await simulator?.close()
    await rm(dataDir, { recursive: true, force: true })
  })

  /** Rows the API said are stored: those an acknowledgement covers. */
  const stored = async (installation: Installation): Promise<number> =>
    (await installation.api<PipelineHealthBody>("pipeline-health")).stored

  function killEverything(installation: Installation): void {
    const root = installation.process.pid ?? 0
    for (const process_ of [root, ...descendantsOf(root).map((child) => child.pid)]) {
      try {
        process.kill(process_, "SIGKILL")
      } catch {
        // It ended with the one before it.
      }
    }
  }

  it(`loses no acknowledged row in ${cycles} times`, async () => {
    const random = moments(20_261_121)
    let acknowledged = 0
    for (let cycle = 0; cycle < cycles; cycle += 1) {
      const installation = await startInstallation({ dataDir, simulator })
      expect(await stored(installation)).toBeGreaterThanOrEqual(acknowledged)
      const load = startLoad(installation.gatewayUrl, 8)
      await pause(400 + 1200 * (random.next().value as number))
      acknowledged = await stored(installation)
      await pause(200 * (random.next().value as number))
      killEverything(installation)
      await load.stop()
    }
    const last = await startInstallation({ dataDir, simulator })
    expect(await stored(last)).toBeGreaterThanOrEqual(acknowledged)
    expect(acknowledged).toBeGreaterThan(cycles * 50)
    expect(await last.stop()).toBe(0)
  })
})
