import { spawn } from "node:child_process"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { freePort, type Installation, startInstallation, until } from "./installation.ts"
import { findPostgres, type PostgresServer, startPostgres } from "./postgres-server.ts"

const main = join(fileURLToPath(new URL("..", import.meta.url)), "server/dist/main.js")

const ask = (gatewayUrl: string, key: string) =>
  fetch(`${gatewayUrl}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "gpt-4o-mini", messages: [{ role: "user", content: "Hello" }] }),
  })

const hasPostgres = findPostgres() !== null
const title = "with a server as database"

describe.skipIf(!hasPostgres)(hasPostgres ? title : `${title} (needs PostgreSQL: apt-get install postgresql)`, () => {
  let postgres: PostgresServer
  let installation: Installation

  beforeAll(async () => {
    postgres = await startPostgres()
    installation = await startInstallation({ env: { DATABASE_URL: postgres.url } })
  })
  afterAll(async () => {
    await installation?.remove()
    await postgres?.remove()
  })

  it("a gateway calls no provider at a private address unless it is told to", async () => {
    const answer = await ask(installation.gatewayUrl, installation.key)
    expect(answer.status).toBe(502)
    expect(await answer.text()).toContain("SLUICE_ALLOW_PRIVATE_UPSTREAMS")
    expect(installation.simulator.requests).toHaveLength(0)
  })
})

describe("on the embedded database", () => {
  let installation: Installation
  beforeAll(async () => {
    installation = await startInstallation()
  })
  afterAll(() => installation?.remove())

  it("a gateway under the supervisor calls private addresses, and one started on its own does not", async () => {
    expect((await ask(installation.gatewayUrl, installation.key)).status).toBe(200)
    const [port, metricsPort] = [await freePort(), await freePort()]
    const alone = spawn(process.execPath, [main, "gateway"], {
      env: {
        PATH: process.env.PATH ?? "",
        SLUICE_DATA_DIR: installation.dataDir,
        SLUICE_INSTANCE: "on-its-own",
        SLUICE_GATEWAY_PORT: String(port),
        SLUICE_METRICS_PORT: String(metricsPort),
      },
      stdio: "ignore",
    })
    try {
      const url = `http://127.0.0.1:${port}`
      await until("the gateway on its own to serve", async () => {
        const ready = await fetch(`${url}/readyz`).catch(() => null)
        return ready?.ok ? true : null
      })
      const called = installation.simulator.requests.length
      expect((await ask(url, installation.key)).status).toBe(502)
      expect(installation.simulator.requests).toHaveLength(called)
    } finally {
      alone.kill("SIGTERM")
    }
  })
})
