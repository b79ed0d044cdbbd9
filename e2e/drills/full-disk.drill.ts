import { execFile } from "node:child_process"
import { promisify } from "node:util"
import type { PipelineHealthBody } from "@sluice/protocol/api/pipeline-health"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Installation, startInstallation, until } from "../installation.ts"
import { startLoad } from "../load.ts"
import { type PostgresServer, startPostgres } from "../postgres-server.ts"
import { findChild } from "../processes.ts"

const run = promisify(execFile)
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

describe("a disk that is full under the spool", () => {
  let postgres: PostgresServer
  let installation: Installation

  beforeAll(async () => {
    postgres = await startPostgres()
    installation = await startInstallation({
      env: { DATABASE_URL: postgres.url, SLUICE_ALLOW_PRIVATE_UPSTREAMS: "true", SLUICE_RING_RECORDS: "200" },
    })
  })

  afterAll(async () => {
    await installation?.remove()
    await postgres?.remove()
  })

  it("leaves traffic alone, and every record that could not be kept is counted and shown", async () => {
    // The soft limit alone, so that it can be lifted again. No file of the gateway may grow past 32 kB: to it the disk is full, and no privilege is needed to make it so.
    const gateway = findChild(installation.process.pid ?? 0, "gateway")
    await run("prlimit", ["--pid", String(gateway?.pid), "--fsize=32768:unlimited"])
    const load = startLoad(installation.gatewayUrl, 8)
    await pause(1000)
    await postgres.kill()
    await pause(5000)
    const result = await load.stop()
    expect(result.failures).toEqual([])
    expect(result.succeeded).toBe(load.sent)
    await run("prlimit", ["--pid", String(gateway?.pid), "--fsize=unlimited:unlimited"])
    await postgres.start()
    const health = await until(
      "the account to settle",
      async () => {
        const now = await installation.api<PipelineHealthBody>("pipeline-health").catch(() => null)
        return now && now.queue_depth === 0 && now.spooled === 0 && now.received === load.sent ? now : null
      },
      60_000,
    )
    const dropped = Object.values(health.dropped).reduce((sum, count) => sum + count, 0)
    expect(dropped).toBeGreaterThan(0)
    expect(health.stored + dropped).toBe(load.sent)
    const metrics = await (await fetch(`${installation.metricsUrl}/metrics`)).text()
    expect(metrics).toMatch(/^sluice_[a-z_]*dropped[a-z_]*\{.*\} [1-9]/m)
  })
})
