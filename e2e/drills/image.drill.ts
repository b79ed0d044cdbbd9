import { spawn, spawnSync } from "node:child_process"
import { chmod, mkdtemp, readdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { startSimulator } from "@sluice/simulator/simulator"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { environmentOf, runDockerfile } from "../../scripts/run-dockerfile.mjs"
import { bootstrapKey, freePort, until } from "../installation.ts"

const context = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "")

/** What the Dockerfile makes, made in a folder: every step is executed, and the result started as its user. */
describe("the image", () => {
  let scratch: string
  let image: ReturnType<typeof runDockerfile>

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), "sluice-image-"))
    await chmod(scratch, 0o755)
    image = runDockerfile({ context, scratch, say: () => {} })
  })
  afterAll(() => rm(scratch, { recursive: true, force: true }))

  const asUser = () => {
    const [uid, gid] = image.user.split(":").map(Number)
    return process.getuid?.() === 0 ? { uid, gid } : {}
  }

  it("says how it is run: not as root, in exec form, with its ports, its folder and its signal", () => {
    expect(image).toMatchObject({
      user: "1000:1000",
      exposed: [8484, 8485],
      volumes: ["/data"],
      stopSignal: "SIGTERM",
      entrypoint: ["node", "bin/sluice.js"],
      command: ["start"],
      healthcheck: ["node", "bin/healthcheck.js"],
    })
    expect(image.labels["org.opencontainers.image.licenses"]).toBe("Apache-2.0")
  })

  it("holds the package and its dependencies, and its user can write nothing but the data", async () => {
    expect((await readdir(join(image.root, "sluice"))).sort()).toEqual(
      [
        "LICENSE",
        "THIRD-PARTY-LICENSES.txt",
        "README.md",
        "bin",
        "dashboard",
        "node_modules",
        "npm-shrinkwrap.json",
        "package.json",
        "server",
      ].sort(),
    )
    const installed = await readdir(join(image.root, "sluice/node_modules"))
    for (const name of ["typescript", "vitest", "esbuild", "@sluice"]) expect(installed).not.toContain(name)
    if (process.getuid?.() !== 0) return
    const touch = (path: string) => spawnSync("touch", [join(image.root, path)], asUser()).status
    expect([touch("sluice/server/new"), touch("sluice/new"), touch("data/new")]).toEqual([1, 1, 0])
  })

  it("starts, is healthy, answers, and stops with 0", async () => {
    const simulator = await startSimulator({ port: 0 })
    const [gateway, api, metrics] = [await freePort(), await freePort(), await freePort()]
    const options = {
      cwd: join(image.root, image.workdir),
      ...asUser(),
      env: {
        PATH: process.env.PATH ?? "",
        ...environmentOf(image),
        SLUICE_HOST: "127.0.0.1",
        SLUICE_GATEWAY_PORT: String(gateway),
        SLUICE_API_PORT: String(api),
        SLUICE_METRICS_PORT: String(metrics),
        SLUICE_BOOTSTRAP_KEY: bootstrapKey,
        SLUICE_PROVIDER_OPENAI_BASE_URL: simulator.url,
        OPENAI_API_KEY: "sk-image",
      },
    }
    const [program = "", ...words] = [...image.entrypoint, ...image.command]
    const child = spawn(program, words, { ...options, stdio: "ignore" })
    const exited = new Promise<number | null>((resolve) => child.once("exit", resolve))
    try {
      const [checker = "", ...check] = image.healthcheck
      await until("it to be healthy", () => (spawnSync(checker, check, options).status === 0 ? true : null), 60_000)
      const answer = await fetch(`http://127.0.0.1:${gateway}/v1/chat/completions`, {
        method: "POST",
        headers: { authorization: `Bearer ${bootstrapKey}`, "content-type": "application/json" },
        body: JSON.stringify({ model: "gpt-4o-mini", messages: [{ role: "user", content: "Hello" }] }),
      })
      await answer.text()
      expect(answer.status).toBe(200)
    } finally {
      child.kill("SIGTERM")
      await exited
      await simulator.close()
    }
    expect(await exited).toBe(0)
    expect(await readdir(join(image.root, "data"))).toContain("master.key")
  })
})
