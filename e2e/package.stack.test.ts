import { execFile, spawn } from "node:child_process"
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { startSimulator } from "@sluice/simulator/simulator"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { bootstrapKey, freePort, until } from "./installation.ts"

const run = promisify(execFile)
const root = fileURLToPath(new URL("..", import.meta.url))

/** The only places a file of the package may be. */
const places = [
  /^bin\/(sluice|healthcheck|require-node)\.js$/,
  /^server\/dist\/[A-Za-z0-9_-]+\.js$/,
  /^server\/dist\/template\/template\.tar\.gz$/,
  /^server\/migrations\/(\d{4}_[a-z_]+\.sql|meta\/_journal\.json)$/,
  /^server\/package\.json$/,
  /^dashboard\/dist\/([a-z]+\.(html|js|svg)|assets\/[^/]+)$/,
  /^(LICENSE|THIRD-PARTY-LICENSES\.txt|README\.md|package\.json|npm-shrinkwrap\.json)$/,
]

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>
  readonly [field: string]: unknown
}

describe("the package", () => {
  let folder: string
  let tarball: string
  let files: readonly string[]

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "sluice-package-"))
    const { stdout } = await run(process.execPath, ["scripts/package.mjs"], { cwd: root })
    tarball = /^(\S+\.tgz): /.exec(stdout)?.[1] ?? ""
    const listed = await run("tar", ["-tzf", tarball])
    files = listed.stdout
      .trim()
      .split("\n")
      .map((path) => path.replace(/^package\//, ""))
  }, 180_000)
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it("holds what runs, and nothing else: no source, no test, no map, no snapshot of a schema", async () => {
    expect(files.filter((path) => !places.some((place) => place.test(path)))).toEqual([])
    for (const needed of [
      "server/dist/main.js",
      "server/dist/embedded-worker.js",
      "dashboard/dist/index.html",
      "LICENSE",
    ]) {
      expect(files).toContain(needed)
    }
    const written = await readdir(join(root, "server/migrations"))
    for (const name of written.filter((file) => file.endsWith(".sql")))
      expect(files).toContain(`server/migrations/${name}`)
    expect((await stat(tarball)).size).toBeLessThan(8_000_000)
  })

  it("needs exact versions of public packages, and no script", async () => {
    const { stdout } = await run("tar", ["-xzOf", tarball, "package/package.json"])
    const manifest = JSON.parse(stdout) as Manifest
    expect(Object.keys(manifest).sort()).toEqual(
      ["bin", "dependencies", "description", "engines", "license", "name", "type", "version"].sort(),
    )
    for (const [name, version] of Object.entries(manifest.dependencies)) {
      expect(name).not.toMatch(/^@sluice\//)
      expect(version).toMatch(/^\d+\.\d+\.\d+$/)
    }
    const shrinkwrap = await run("tar", ["-xzOf", tarball, "package/npm-shrinkwrap.json"])
    const { packages } = JSON.parse(shrinkwrap.stdout) as { packages: Record<string, { integrity?: string }> }
    const locked = Object.entries(packages).filter(([path]) => path !== "")
    expect(locked.length).toBeGreaterThan(Object.keys(manifest.dependencies).length)
    for (const [path, { integrity }] of locked) expect(integrity, path).toMatch(/^sha512-/)
  })

  it("installs into an empty folder, starts there, answers, records, and stops with 0", async () => {
    const install = ["install", tarball, "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"]
    await run("npm", [...install, "--loglevel=error", "--prefix", folder], { cwd: folder, timeout: 170_000 })
    const sluice = join(folder, "node_modules/.bin/sluice")
    const env = { PATH: process.env.PATH ?? "" }
    const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string }
    expect((await run(sluice, ["--version"], { cwd: folder, env })).stdout.trim()).toBe(version)
    expect((await run(sluice, ["--help"], { cwd: folder, env })).stdout).toContain("sluice <command>")
    const simulator = await startSimulator({ port: 0 })
    const [gateway, api, metrics] = [await freePort(), await freePort(), await freePort()]
    const child = spawn(sluice, ["start"], {
      cwd: folder,
      stdio: "ignore",
      env: {
        ...env,
        SLUICE_GATEWAY_PORT: String(gateway),
        SLUICE_API_PORT: String(api),
        SLUICE_METRICS_PORT: String(metrics),
        SLUICE_BOOTSTRAP_KEY: bootstrapKey,
        SLUICE_PROVIDER_OPENAI_BASE_URL: simulator.url,
        OPENAI_API_KEY: "sk-packaged",
      },
    })
    const exited = new Promise<number | null>((resolve) => child.once("exit", resolve))
    try {
      await until("it to serve", () => isOk(`http://127.0.0.1:${gateway}/readyz`), 60_000)
      const answer = await fetch(`http://127.0.0.1:${gateway}/v1/chat/completions`, {
        method: "POST",
        headers: { authorization: `Bearer ${bootstrapKey}`, "content-type": "application/json" },
        body: JSON.stringify({ model: "gpt-4o-mini", messages: [{ role: "user", content: "Hello" }] }),
      })
      const id = answer.headers.get("x-sluice-request-id")
      await answer.text()
      expect(answer.status).toBe(200)
      const row = `http://127.0.0.1:${api}/api/v1/requests/${id}`
      await until("the request to be recorded", () => isOk(row, { authorization: `Bearer ${bootstrapKey}` }))
      const page = await (await fetch(`http://127.0.0.1:${api}/`)).text()
      expect(page).toContain('<div id="root">')
      const health = await run(process.execPath, [join(folder, "node_modules/sluice/bin/healthcheck.js")], {
        env: { ...env, SLUICE_GATEWAY_PORT: String(gateway), SLUICE_API_PORT: String(api) },
      })
      expect(health.stdout).toBe("gateway: serves\napi: serves\n")
      expect(await readdir(folder)).toContain(".sluice")
    } finally {
      child.kill("SIGTERM")
      await exited
      await simulator.close()
    }
    expect(await exited).toBe(0)
  }, 240_000)
})

async function isOk(url: string, headers: Record<string, string> = {}): Promise<true | null> {
  const answer = await fetch(url, { headers }).catch(() => null)
  await answer?.text()
  return answer?.status === 200 ? true : null
}
