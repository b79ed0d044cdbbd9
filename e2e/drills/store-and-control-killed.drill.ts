import type { PipelineHealthBody } from "@sluice/protocol/api/pipeline-health"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { type Installation, startInstallation, until } from "../installation.ts"
import { startLoad } from "../load.ts"
import { type PostgresServer, startPostgres } from "../postgres-server.ts"
import { findChild } from "../processes.ts"

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

describe("traffic while what stands behind the gateway dies", () => {
  let postgres: PostgresServer
  let installation: Installation

  beforeEach(async () => {
    postgres = await startPostgres()
    installation = await startInstallation({
      env: { DATABASE_URL: postgres.url, SLUICE_ALLOW_PRIVATE_UPSTREAMS: "true" },
    })
  })

  afterEach(async () => {
    await installation?.remove()
    await postgres?.remove()
  })

  const health = (): Promise<PipelineHealthBody | null> =>
    installation.api<PipelineHealthBody>("pipeline-health").catch(() => null)

  it("goes on without a failed request, and every request is stored once after they return", async () => {
    const load = startLoad(installation.gatewayUrl, 16)
    await pause(2000)
    await postgres.kill()
    await pause(4000)
    const control = findChild(installation.process.pid ?? 0, "control")
    process.kill(control?.pid ?? 0, "SIGKILL")
    await pause(4000)
    await postgres.start()
    await pause(3000)
    const result = await load.stop()
    expect(result.failures).toEqual([])
    expect(result.failed).toBe(0)
    expect(result.succeeded).toBe(load.sent)
    const settled = await until(
      "every record to be stored",
      async () => {
        const now = await health()
        return now && now.stored === load.sent && now.spooled === 0 && now.queue_depth === 0 ? now : null
      },
      60_000,
    )
    expect(Object.values(settled.dropped).reduce((sum, count) => sum + count, 0)).toBe(0)
    expect(settled.received).toBe(load.sent)
  })
})
