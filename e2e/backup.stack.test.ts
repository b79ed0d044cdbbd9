import { spawn } from "node:child_process"
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import {
  browserPath,
  findViolations,
  issueOwnerLink,
  keepPicture,
  looks,
  openLike,
  startBrowser,
} from "./dashboard-browser.ts"
import { type Installation, startInstallation, until } from "./installation.ts"
import { findPostgres, type PostgresServer, startPostgres } from "./postgres-server.ts"

const main = fileURLToPath(new URL("../server/dist/main.js", import.meta.url))

interface Ended {
  readonly code: number | null
  readonly said: string
  readonly complained: string
}

/** Runs a command of the product on a data folder, to its end. */
function runSluice(words: readonly string[], dataDir: string, onLine?: (kill: () => void) => void): Promise<Ended> {
  const env = { PATH: process.env.PATH ?? "", SLUICE_DATA_DIR: dataDir, SLUICE_LOG_LEVEL: "error" }
  const child = spawn(process.execPath, [main, ...words], { env, stdio: ["ignore", "pipe", "pipe"] })
  let said = ""
  let complained = ""
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text))
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complained += text
    onLine?.(() => child.kill("SIGINT"))
  })
  return new Promise((resolve, reject) => {
    child.once("error", reject)
    child.once("close", (code) => resolve({ code, said, complained }))
  })
}

describe("backup, restore and move of a real installation", () => {
  let installation: Installation
  let folder: string
  let server: PostgresServer | null = null
  let archive: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "sluice-backup-e2e-"))
    installation = await startInstallation()
  })
  afterAll(async () => {
    await installation.remove()
    await server?.remove()
    await rm(folder, { recursive: true, force: true })
  })

  async function call(count: number): Promise<void> {
    for (let made = 0; made < count; made += 1) {
      const answer = await fetch(`${installation.gatewayUrl}/v1/chat/completions`, {
        method: "POST",
        headers: { authorization: `Bearer ${installation.key}`, "content-type": "application/json" },
        body: JSON.stringify({ model: "gpt-4o-mini", messages: [{ role: "user", content: "Hello" }] }),
      })
      await answer.text()
      expect(answer.status).toBe(200)
    }
  }

  const stored = async () => (await installation.api<{ stored: number }>("pipeline-health")).stored

  it("is taken and proved while requests go on, and says so in pipeline health", async () => {
    await call(20)
    await until("the calls to be stored", async () => ((await stored()) >= 20 ? true : null))
    let isBackedUp = false
    const traffic = (async () => {
      while (!isBackedUp) await call(1)
    })()
    const ended = await runSluice(["backup"], installation.dataDir)
    isBackedUp = true
    await traffic
    expect(ended.complained).toMatch(
      /it made a copy of its database as it is now[\s\S]+Verified: \d+ rows in \d+ tables/,
    )
    expect(ended.code).toBe(0)
    archive = ended.said.trim()
    expect(archive).toMatch(/\/backups\/sluice-.+Z\.sluice-backup$/)
    const left = await readdir(join(installation.dataDir, "backups"))
    expect(left.sort()).toEqual([archive.split("/").at(-1), "state.json"])
    const { backup } = await installation.api<{ backup: { last_backup_at: string | null } }>("pipeline-health")
    expect(backup).toMatchObject({ failure: null, overdue: false, every_seconds: 86_400 })
    expect(backup.last_backup_at).not.toBeNull()
  }, 120_000)

  it("leaves nothing when it is stopped with Ctrl-C", async () => {
    const elsewhere = join(folder, "elsewhere/")
    const ended = await runSluice(["backup", "--to", elsewhere], installation.dataDir, (kill) => kill())
    expect(ended.complained).toContain("Nothing half done was left behind.")
    expect(ended.code).toBe(130)
    expect(await readdir(elsewhere)).toEqual([])
    const left = await readdir(join(installation.dataDir, "backups"))
    expect(left.filter((name) => name.startsWith("work-"))).toEqual([])
  })

  it("does not restore or move what runs, nor without the master key", async () => {
    const running = await runSluice(["restore", archive, "--force"], installation.dataDir)
    expect([running.code, running.complained]).toEqual([1, expect.stringContaining("stop Sluice first")])
    const moving = await runSluice(["move", "--to", "postgres://nobody@127.0.0.1:1/none"], installation.dataDir)
    expect([moving.code, moving.complained]).toEqual([1, expect.stringContaining("stop Sluice first")])
    const keyless = await runSluice(["restore", archive], join(folder, "keyless"))
    expect([keyless.code, keyless.complained]).toEqual([1, expect.stringContaining("there is none here")])
  })

  it.skipIf(!browserPath)("tells on every page of a backup that failed (needs Chromium)", async () => {
    const state = join(installation.dataDir, "backups", "state.json")
    const before = await readFile(state, "utf8")
    const failure = "ENOSPC: no space left on device, write"
    await writeFile(state, JSON.stringify({ ...JSON.parse(before), failure }))
    const browser = await startBrowser()
    try {
      const signedIn = await browser.newContext()
      const page = await signedIn.newPage()
      await page.goto(await issueOwnerLink(installation))
      await page.locator("h1").waitFor()
      for (const look of looks) {
        const window = await openLike(browser, signedIn, look)
        await window.page.goto(`${installation.apiUrl}/requests`)
        await window.page.getByText("The last backup failed: ENOSPC").waitFor()
        await keepPicture(window.page, `failed-backup-${look.colorScheme}-${look.width}`)
        expect(await findViolations(window.page)).toEqual([])
        await window.close()
      }
    } finally {
      await browser.close()
      await writeFile(state, before)
    }
  })

  it("restores into a new installation that knows the same keys and requests", async () => {
    const dataDir = join(folder, "restored")
    await mkdir(join(dataDir, "data"), { recursive: true })
    await copyFile(join(installation.dataDir, "master.key"), join(dataDir, "data", "master.key"))
    const ended = await runSluice(["restore", archive], join(dataDir, "data"))
    expect([ended.code, ended.said]).toEqual([
      0,
      expect.stringMatching(/^Restored and compared: \d+ rows in \d+ tables/),
    ])
    const again = await runSluice(["restore", archive], join(dataDir, "data"))
    expect([again.code, again.complained]).toEqual([1, expect.stringContaining("With --force it is moved aside")])
    const restored = await startInstallation({ dataDir, simulator: installation.simulator })
    try {
      const { data } = await restored.api<{ data: readonly unknown[] }>("requests?limit=100")
      expect(data.length).toBeGreaterThanOrEqual(20)
    } finally {
      await restored.remove()
    }
  })

  it("moves a stopped installation to a server, where it goes on", async (context) => {
    if (!findPostgres()) {
      if (process.env.CI === "true") throw new Error("these tests need a PostgreSQL server")
      return context.skip()
    }
    server = await startPostgres()
    const { url } = server
    const before = await stored()
    expect(await installation.stop()).toBe(0)
    const stoppedBackup = await runSluice(
      ["backup", "--to", join(folder, "stopped.sluice-backup")],
      installation.dataDir,
    )
    expect([stoppedBackup.code, stoppedBackup.said.trim()]).toEqual([0, join(folder, "stopped.sluice-backup")])
    const ended = await runSluice(["move", "--to", url], installation.dataDir)
    expect([ended.code, ended.said]).toEqual([0, expect.stringContaining("DATABASE_URL=postgres")])
    const twice = await runSluice(["move", "--to", url], installation.dataDir)
    expect([twice.code, twice.complained]).toEqual([
      1,
      expect.stringContaining("Nothing was moved: the database is not empty"),
    ])
    const moved = await startInstallation({
      dataDir: join(installation.dataDir, ".."),
      simulator: installation.simulator,
      env: { DATABASE_URL: url, SLUICE_ALLOW_PRIVATE_UPSTREAMS: "true" },
    })
    try {
      const health = await moved.api<{ stored: number; backup: { every_seconds: number | null } }>("pipeline-health")
      expect(health.stored).toBeGreaterThanOrEqual(before)
      expect(health.backup.every_seconds).toBeNull()
    } finally {
      await moved.stop()
    }
  }, 120_000)
})
