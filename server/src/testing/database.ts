import { createHash } from "node:crypto"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, it } from "vitest"
import { systemClock } from "../platform/clock.ts"
import { type Database, openDatabase } from "../platform/database/database.ts"
import type { DatabaseLog } from "../platform/database/database-log.ts"
import { findMigrations } from "../platform/database/migrate.ts"
import { buildTemplate } from "../platform/database/template.ts"
import { cacheFolder } from "../platform/worker-file.ts"
import { findPostgres, howToGetPostgres, type PostgresServer, startPostgres } from "./postgres.ts"

/**
 * Runs a suite on the embedded database and on a PostgreSQL server. `open` gives an empty, migrated database; call it in
 * `beforeAll`, since it takes about a second. Everything is closed and removed after the suite. Where no server can be had,
 * that half is skipped with a line that says how to get one; with `CI=true` it fails.
 *
 * Files that use it end in `.stack.test.ts`.
 */
export function describeEachDatabase(name: string, suite: (open: () => Promise<Database>) => void): void {
  describe(`${name} on the embedded database`, () => suite(openOnEmbedded()))
  if (findPostgres()) {
    describe(`${name} on a server`, () => suite(openOnServer()))
    return
  }
  if (process.env.CI === "true") {
    it(`${name} on a server`, () => {
      throw new Error(`there is no PostgreSQL server to test with: ${howToGetPostgres}`)
    })
    return
  }
  process.stderr.write(`skipped: ${name} on a server (${howToGetPostgres})\n`)
  describe.skip(`${name} on a server`, () => suite(() => Promise.reject(new Error("skipped"))))
}

/** A log that keeps nothing. */
export const silentLog: DatabaseLog = { info: () => {}, warn: () => {}, error: () => {} }

/** A file from which an embedded database opens, already migrated, in under a second; made when the migrations change. */
export async function embeddedTemplate(): Promise<string> {
  const migrations = findMigrations()
  const hash = createHash("sha256")
  for (const file of readdirSync(migrations).filter((name) => name.endsWith(".sql"))) {
    hash.update(file).update(readFileSync(join(migrations, file)))
  }
  const path = join(cacheFolder(), `template-${hash.digest("hex").slice(0, 16)}.tar.gz`)
  if (!existsSync(path)) await buildTemplate(path)
  return path
}

/** Call inside a `describe`: registers the end of whatever the function it gives back opens. */
function openOnEmbedded(): () => Promise<Database> {
  const opened: Database[] = []
  const folders: string[] = []
  afterAll(async () => {
    for (const database of opened) await database.close()
    for (const folder of folders) await rm(folder, { recursive: true, force: true })
  })
  return async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "sluice-test-"))
    folders.push(dataDir)
    const templatePath = await embeddedTemplate()
    const database = await openDatabase({ dataDir, templatePath, clock: systemClock, log: silentLog })
    opened.push(database)
    return database
  }
}

function openOnServer(): () => Promise<Database> {
  const opened: Database[] = []
  let server: Promise<PostgresServer> | null = null
  afterAll(async () => {
    for (const database of opened) await database.close()
    await (await server)?.stop()
  })
  return async () => {
    const source = findPostgres()
    if (!source) throw new Error(howToGetPostgres)
    server ??= startPostgres(source)
    const databaseUrl = await (await server).createDatabase()
    const database = await openDatabase({ dataDir: "", databaseUrl, clock: systemClock, log: silentLog })
    opened.push(database)
    return database
  }
}
