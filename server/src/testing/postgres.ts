import { execFile, spawn } from "node:child_process"
import { existsSync, readdirSync } from "node:fs"
import { mkdtemp, rename, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { delimiter, dirname, join } from "node:path"
import { promisify } from "node:util"
import { createServerPool } from "../platform/database/pool.ts"

const run = promisify(execFile)

/** A PostgreSQL server that tests may use: given by its address, or programs with which to start one. */
export type PostgresSource =
  | { readonly type: "address"; readonly url: string }
  | { readonly type: "programs"; readonly folder: string }

/** What to say where there is none. */
export const howToGetPostgres =
  "install PostgreSQL 15 or newer (Debian: postgresql), or set SLUICE_TEST_POSTGRES_URL to a server's owner"

/** A running server. */
export interface PostgresServer {
  /** Makes an empty database of its own and gives its address; it is dropped with the server. */
  createDatabase(): Promise<string>
  stop(): Promise<void>
}

/** Where a server can be had: `SLUICE_TEST_POSTGRES_URL`, else the newest programs of this machine; null when nowhere. */
export function findPostgres(): PostgresSource | null {
  const url = process.env.SLUICE_TEST_POSTGRES_URL
  if (url) return { type: "address", url }
  const packaged = "/usr/lib/postgresql"
  const versions = existsSync(packaged) ? readdirSync(packaged).sort((a, b) => Number(b) - Number(a)) : []
  const folders = [
    ...versions.filter((version) => Number(version) >= 15).map((version) => join(packaged, version, "bin")),
    ...(process.env.PATH ?? "").split(delimiter),
  ]
  const folder = folders.find((at) => existsSync(join(at, "initdb")) && existsSync(join(at, "postgres")))
  return folder === undefined ? null : { type: "programs", folder }
}

/**
 * Starts a private server in a temporary directory, reached by a Unix socket, or uses the given one. It ends with this
 * process however that ends, and leaves nothing behind.
 * @throws Error with the server's own words when it does not start
 */
export async function startPostgres(source: PostgresSource): Promise<PostgresServer> {
  return source.type === "address" ? useServer(source.url) : startServer(source.folder)
}

let databasesMade = 0

function useServer(url: string): PostgresServer {
  const made: string[] = []
  return {
    async createDatabase() {
      databasesMade += 1
      const name = `sluice_test_${process.pid}_${Date.now()}_${databasesMade}`
      await ask(url, `CREATE DATABASE ${name}`)
      made.push(name)
      const own = new URL(url)
      own.pathname = `/${name}`
      return own.href
    },
    async stop() {
      for (const name of made.splice(0)) await ask(url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
    },
  }
}

async function ask(url: string, statement: string): Promise<void> {
  const pool = createServerPool(url, { info: () => {}, warn: () => {}, error: () => {} }, 1)
  try {
    await pool.query(statement)
  } finally {
    await pool.end()
  }
}

/** PostgreSQL refuses to run as root; packages bring a user for it. */
const asServerUser = (): readonly string[] =>
  process.getuid?.() === 0 ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] : []

/** Initialising takes a second, so its result is kept and copied. */
async function prepareCluster(programs: string): Promise<string> {
  const kept = join(tmpdir(), `sluice-test-postgres-${programs.replaceAll(/\W+/g, "-")}-${process.getuid?.() ?? 0}`)
  if (existsSync(join(kept, "PG_VERSION"))) return kept
  const unfinished = await makeFolder("sluice-initdb-")
  const [program, ...args] = [
    ...asServerUser(),
    join(programs, "initdb"),
    ...["-D", unfinished, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
  ]
  await run(program ?? "", args)
  await rename(unfinished, kept).catch(() => rm(unfinished, { recursive: true, force: true }))
  return kept
}

async function makeFolder(prefix: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), prefix))
  if (process.getuid?.() === 0) await run("chown", ["postgres:postgres", folder])
  return folder
}

/** Ends the server, and removes its files, as soon as whoever started it closes its input or is gone. */
const guard = 'folder=$0; "$@" & server=$!; cat >/dev/null; kill -QUIT $server; wait $server; cd /; rm -rf "$folder"'

async function startServer(programs: string): Promise<PostgresServer> {
  const cluster = await prepareCluster(programs)
  const folder = await makeFolder("sluice-pg-")
  const data = join(folder, "data")
  await run("cp", ["-a", cluster, data])
  const settings = ["listen_addresses=", `unix_socket_directories=${folder}`, "fsync=off", "full_page_writes=off"]
  const command = [join(programs, "postgres"), "-D", data, ...settings.flatMap((setting) => ["-c", setting])]
  const [program, ...args] = [...asServerUser(), "sh", "-c", guard, folder, ...command]
  const child = spawn(program ?? "", args, { cwd: dirname(folder), stdio: ["pipe", "ignore", "pipe"] })
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()))
  await new Promise<void>((resolve, reject) => {
    let said = ""
    child.once("error", reject)
    child.once("close", () => reject(new Error(`PostgreSQL did not start:\n${said}`)))
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      if (said.length < 10_000) said += text
      if (said.includes("ready to accept connections")) resolve()
    })
  })
  const own = useServer(`postgresql://postgres@localhost/postgres?host=${encodeURIComponent(folder)}`)
  return {
    createDatabase: own.createDatabase,
    async stop() {
      child.stdin.end()
      await ended
    },
  }
}
