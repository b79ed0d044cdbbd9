import { execFile, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { bootstrapKey, freePort, type Installation, startInstallation, until } from "./installation.ts"

const build = fileURLToPath(new URL("../bench/recording-off/build.mjs", import.meta.url))

describe("the benchmark's gateway without recording", () => {
  let installation: Installation
  let url: string
  let metricsUrl: string
  let stop: () => void = () => undefined

  beforeAll(async () => {
    installation = await startInstallation()
    const { stdout } = await promisify(execFile)(process.execPath, [build])
    const [port, metrics] = [await freePort(), await freePort()]
    url = `http://127.0.0.1:${port}`
    metricsUrl = `http://127.0.0.1:${metrics}`
    const gateway = spawn(process.execPath, [stdout.trim(), "gateway"], {
      env: {
        PATH: process.env.PATH ?? "",
        SLUICE_DATA_DIR: installation.dataDir,
        SLUICE_INSTANCE: "without-recording",
        SLUICE_GATEWAY_PORT: String(port),
        SLUICE_METRICS_PORT: String(metrics),
        SLUICE_PROVIDER_OPENAI_BASE_URL: installation.simulator.url,
        OPENAI_API_KEY: "sk-simulated",
        SLUICE_ALLOW_PRIVATE_UPSTREAMS: "true",
      },
      stdio: "inherit",
    })
    stop = () => gateway.kill("SIGKILL")
    await until("it to serve", async () => {
      const answer = await fetch(`${url}/readyz`).catch(() => null)
      return answer?.ok ? true : null
    })
  })
  afterAll(async () => {
    stop()
    await installation?.remove()
  })

  const ask = (gateway: string, key: string) =>
    fetch(`${gateway}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "gpt-4o-mini", messages: [{ role: "user", content: "Hello" }] }),
    })

  it("answers as the product does, refuses who has no key, and records nothing", async () => {
    expect((await ask(url, "slk_nobodyKnowsThisKey000000000000000")).status).toBe(401)
    for (let count = 0; count < 3; count += 1) {
      const answer = await ask(url, bootstrapKey)
      expect(answer.status).toBe(200)
      expect(await answer.json()).toMatchObject({ object: "chat.completion" })
    }
    const metrics = await (await fetch(`${metricsUrl}/metrics`)).text()
    expect(metrics).toMatch(/^sluice_gateway_requests_begun_total(\{.*\})? 0$/m)
    expect(metrics).toMatch(/^sluice_gateway_records_total(\{.*\})? 0$/m)
  })
})
