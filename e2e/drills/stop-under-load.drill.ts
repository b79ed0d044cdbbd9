import type { PipelineHealthBody } from "@sluice/protocol/api/pipeline-health"
import { afterAll, describe, expect, it } from "vitest"
import { type Installation, startInstallation } from "../installation.ts"
import { startLoad } from "../load.ts"
import { descendantsOf } from "../processes.ts"

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

describe("an installation stopped under load", () => {
  const started: Installation[] = []

  afterAll(async () => {
    for (const installation of started) await installation.remove()
  })

  it("finishes what it began, stores every record, exits 0 and leaves no process behind", async () => {
    const first = await startInstallation()
    started.push(first)
    const load = startLoad(first.gatewayUrl, 16, "ttft-ms=100")
    await pause(2000)
    const children = descendantsOf(first.process.pid ?? 0)
    expect(children.length).toBeGreaterThanOrEqual(2)
    const exit = first.stop("SIGTERM")
    expect(await exit).toBe(0)
    const result = await load.stop()
    expect(result.failures).toEqual([])
    for (const child of children) expect(() => process.kill(child.pid, 0)).toThrow()

    const again = await startInstallation({ dataDir: first.dataDir.replace(/\/data$/, ""), simulator: first.simulator })
    started.unshift(again)
    const health = await again.api<PipelineHealthBody>("pipeline-health")
    // Refusals while stopping are answered before their key is looked at, and are not requests of any project.
    expect(health.stored).toBe(result.succeeded)
    expect(health.lost_to_crash.crashes).toEqual([])
  })
})
