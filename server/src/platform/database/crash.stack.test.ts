import { spawn } from "node:child_process"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { embeddedTemplate } from "../../testing/database.ts"
import { cacheFolder } from "../worker-file.ts"

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const rowsPerTransaction = 10

describe("the embedded database under kill -9", () => {
  let folder: string
  let program: string
  let templatePath: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "sluice-crash-"))
    templatePath = await embeddedTemplate()
    // Where the packages are found, as they are from the bundle.
    program = join(cacheFolder(), `crash-${process.pid}`)
    await build({
      entryPoints: {
        "embedded-worker": source("./embedded-worker.ts"),
        writer: source("../../testing/crash-writer.ts"),
      },
      outdir: program,
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "node",
      target: "node20",
      packages: "external",
      logLevel: "silent",
    })
  })
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true })
    await rm(program, { recursive: true, force: true })
  })

  /** Runs the writer until it has committed `commits` times, kills it, and gives what it found and what it had said. */
  function writeAndKill(commits: number): Promise<{ rows: number; counter: number; kept: number }> {
    const child = spawn(process.execPath, [join(program, "writer.js"), join(folder, "data"), templatePath], {
      stdio: ["ignore", "pipe", "pipe"],
    })
    let said = ""
    let complaints = ""
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      complaints += text
    })
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      said += text
      if (said.split("kept ").length > commits) child.kill("SIGKILL")
    })
    return new Promise((resolve, reject) => {
      child.once("error", reject)
      child.once("close", (_code, signal) => {
        if (signal !== "SIGKILL") return reject(new Error(`the writer ended by itself: ${complaints}`))
        const [, rows, counter] = /^open (\d+) (\d+)/.exec(said) ?? []
        const kept = [...said.matchAll(/kept (\d+)\n/g)].at(-1)?.[1]
        resolve({ rows: Number(rows), counter: Number(counter), kept: Number(kept) })
      })
    })
  }

  it("loses no committed row and keeps no half transaction, five times over", async () => {
    let kept = 0
    for (const commits of [3, 41, 17, 88, 29]) {
      const found = await writeAndKill(commits)
      expect(found.counter).toBeGreaterThanOrEqual(kept)
      // One commit may have happened that the writer had no time to report.
      expect(found.counter).toBeLessThanOrEqual(kept + 1)
      expect(found.rows).toBe(found.counter * rowsPerTransaction)
      kept = found.kept
    }
  })
})
