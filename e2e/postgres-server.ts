import { execFile, spawnSync } from "node:child_process"
import { chmodSync, existsSync, mkdtempSync, readdirSync } from "node:fs"
import { rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { freePort } from "./installation.ts"

const run = promisify(execFile)

/** A PostgreSQL server of the test's own, to be killed and brought back. */
export interface PostgresServer {
  readonly url: string
  start(): Promise<void>
  /** Ends it as a crash would: no checkpoint, connections broken. */
  kill(): Promise<void>
  remove(): Promise<void>
}

/** Where this machine keeps `initdb` and `pg_ctl`; null when there is no server to start. */
export function findPostgres(): string | null {
  const root = "/usr/lib/postgresql"
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : []
  const folder = versions.map((version) => join(root, version, "bin")).find((bin) => existsSync(join(bin, "initdb")))
  if (folder) return folder
  const found = spawnSync("sh", ["-c", "command -v initdb"]).stdout?.toString().trim()
  return found ? found.replace(/\/initdb$/, "") : null
}

/**
 * Makes a cluster in a folder of its own and starts it on a free port. PostgreSQL refuses to run as root, so root runs it
 * as `postgres`.
 * @throws Error when there is no server on this machine
 */
export async function startPostgres(): Promise<PostgresServer> {
  const bin = findPostgres()
  if (!bin) throw new Error("no PostgreSQL server found: apt-get install postgresql")
  const folder = mkdtempSync(join(tmpdir(), "sluice-postgres-"))
  const data = join(folder, "data")
  const port = await freePort()
  const asRoot = process.getuid?.() === 0
  if (asRoot) {
    chmodSync(folder, 0o755)
    await run("chown", ["postgres", folder])
  }
  const asPostgres = (program: string, ...args: string[]): Promise<unknown> => {
    const path = join(bin, program)
    return asRoot ? run("runuser", ["-u", "postgres", "--", path, ...args], { cwd: folder }) : run(path, args)
  }
  const settings = `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1 -c max_connections=50`
  const control = (...args: string[]): Promise<unknown> => asPostgres("pg_ctl", "-D", data, "-w", ...args)
  const start = async (): Promise<void> => {
    await control("-l", join(folder, "log"), "-o", settings, "start")
  }
  await asPostgres("initdb", "-D", data, "-U", "sluice", "--auth=trust", "--no-sync", "-E", "UTF8")
  await start()
  const kill = async (): Promise<void> => {
    await control("-m", "immediate", "stop")
  }
  return {
    url: `postgres://sluice@127.0.0.1:${port}/postgres`,
    start,
    kill,
    remove: async () => {
      await kill().catch(() => undefined)
      await rm(folder, { recursive: true, force: true })
    },
  }
}
