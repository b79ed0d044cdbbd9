import type { PipelineHealthBody } from "@sluice/protocol/api/pipeline-health"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Installation, startInstallation, until } from "../installation.ts"
import { startLoad } from "../load.ts"
import { findChild } from "../processes.ts"

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

describe("a gateway killed under load", () => {
  let installation: Installation

  beforeAll(async () => {
    installation = await startInstallation()
  })

  afterAll(() => installation?.remove())

  it("comes back by itself, and what it took with it lies in the interval that is shown", async () => {
    const load = startLoad(installation.gatewayUrl, 16)
    await pause(2000)
    process.kill(findChild(installation.process.pid ?? 0, "gateway")?.pid ?? 0, "SIGKILL")
    await pause(3000)
    const result = await load.stop()
    expect(result.succeeded).toBeGreaterThan(100)
    const health = await until(
      "the loss to be shown and the rest to be stored",
      async () => {
        const now = await installation.api<PipelineHealthBody>("pipeline-health")
        return now.lost_to_crash.crashes.length === 1 && now.queue_depth === 0 && now.spooled === 0 ? now : null
      },
      30_000,
    )
    const { at_least, at_most } = health.lost_to_crash
    // A request whose answer the client never got may have been recorded or not; a whole answer was one request.
    const answered = result.succeeded
    expect(health.stored + at_most).toBeGreaterThanOrEqual(answered)
    expect(health.stored + at_least).toBeLessThanOrEqual(load.sent)
    expect(at_least).toBeLessThanOrEqual(at_most)
    const dropped = Object.values(health.dropped).reduce((sum, count) => sum + count, 0)
    expect(health.received).toBe(health.stored + dropped + health.spooled + health.queue_depth)
  })
})
