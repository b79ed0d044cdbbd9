import { existsSync, readFileSync } from "node:fs"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gunzipSync, gzipSync } from "node:zlib"
import { sql } from "drizzle-orm"
import { readMigrationFiles } from "drizzle-orm/migrator"
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { embeddedTemplate, silentLog } from "../../testing/database.ts"
import { findPostgres, type PostgresServer, startPostgres } from "../../testing/postgres.ts"
import { seedEverything } from "../../testing/seed-everything.ts"
import { systemClock } from "../clock.ts"
import { type Database, openDatabase } from "../database/database.ts"
import { findMigrations, migrate } from "../database/migrate.ts"
import { createUuid } from "../ids.ts"
import { ArchiveError } from "./archive-error.ts"
import { makeArchive } from "./make-archive.ts"
import { moveDatabase } from "./move-database.ts"
import { checkArchive, restoreIntoDirectory, restoreIntoServer } from "./restore-archive.ts"
import { verifyArchive } from "./verify-archive.ts"
import { withEmbeddedClient } from "./with-client.ts"

const signal = new AbortController().signal
const onTable = () => {}
const common = { signal, onTable, madeAt: 1_772_000_000_000, product: "1.2.3" }

describe("backups", () => {
  let folder: string
  let server: PostgresServer | null = null
  let templatePath: string
  /** A seeded database that nobody has open, and its archive. */
  let directory: string
  let path: string
  let made = 0
  const place = () => {
    made += 1
    return join(folder, `place-${made}`)
  }
  const openEmbedded = (dataDir: string) => openDatabase({ dataDir, templatePath, clock: systemClock, log: silentLog })
  const restoring = (path: string) => ({ path, appRole: null, templatePath, signal, onTable })

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "sluice-backup-"))
    templatePath = await embeddedTemplate()
    const dataDir = place()
    const database = await openEmbedded(dataDir)
    await seedEverything(database, 50)
    await database.close()
    directory = join(dataDir, "database")
    path = await archived(directory)
    const source = findPostgres()
    if (source) server = await startPostgres(source)
    else if (process.env.CI === "true") throw new Error("these tests need a PostgreSQL server")
  })
  afterAll(async () => {
    await server?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  async function archived(directory: string): Promise<string> {
    const path = place()
    await makeArchive({ ...common, source: { type: "embedded", directory }, path })
    return path
  }

  it("hold, of a database under load, one moment of it, with everything that was acknowledged before", async () => {
    const database = await openEmbedded(place())
    const load = startLoad(database)
    try {
      await load.until(20)
      const before = load.commits()
      const clone = place()
      await database.cloneInto?.(clone)
      const after = load.commits()
      expect(existsSync(join(clone, "backup_label"))).toBe(true)
      // Nobody waited for the copy.
      expect(after).toBeGreaterThan(before)
      const path = place()
      await makeArchive({ ...common, source: { type: "embedded", directory: clone }, path })
      await load.until(after + 20)
      const header = await verifyArchive(place(), restoring(path))
      expect(header).toMatchObject({ product: "1.2.3", sluice_backup: 1, made_at: "2026-02-25T06:13:20.000Z" })
      const restored = place()
      await restoreIntoDirectory(join(restored, "database"), header, restoring(path))
      const copy = await openEmbedded(restored)
      const { rows } = await copy.system.execute<{ counter: string; changes: number }>(sql`
        SELECT (SELECT value FROM installation WHERE key = 'commits') AS counter,
          (SELECT count(*)::int FROM snapshot_changes) AS changes`)
      await copy.close()
      const counter = Number(rows[0]?.counter)
      expect(counter).toBeGreaterThanOrEqual(before)
      expect(counter).toBeLessThanOrEqual(after + 1)
      expect(rows[0]?.changes).toBe(counter * rowsPerCommit)
    } finally {
      await load.stop()
      await database.close()
    }
  })

  it("restore to the same rows, counters and parts, so that work goes on where it stood", async () => {
    const restored = place()
    const header = await checkArchive(path, signal)
    await restoreIntoDirectory(join(restored, "database"), header, restoring(path))
    const again = place()
    await makeArchive({ ...common, source: { type: "embedded", directory: join(restored, "database") }, path: again })
    expect(await sumsIn(again)).toEqual(await sumsIn(path))
    const database = await openEmbedded(restored)
    const { rows } = await database.system.execute<{ version: string }>(
      sql`INSERT INTO snapshot_changes (kind, entity_id) VALUES ('key', 'x') RETURNING version::text`,
    )
    expect(rows[0]?.version).toBe("51")
    await database.close()
  })

  it("sum the same rows to the same on the embedded database and on a server", async (context) => {
    if (!server) return context.skip()
    const url = await server.createDatabase()
    await restoreIntoServer(url, await checkArchive(path, signal), restoring(path))
    const fromServer = place()
    await makeArchive({ ...common, source: { type: "server", url }, path: fromServer })
    expect(await sumsIn(fromServer)).toEqual(await sumsIn(path))
    await verifyArchive(place(), restoring(fromServer))
    // A second time there is something there already.
    const refusal = restoreIntoServer(url, await checkArchive(path, signal), restoring(path))
    await expect(refusal).rejects.toThrow(/^the database is not empty: .* Name a new, empty database/)
  })

  it("move to a server with the same sums, and never over something else", async (context) => {
    if (!server) return context.skip()
    const databaseUrl = await server.createDatabase()
    const moving = { directory, databaseUrl, appRole: null, onTable }
    const broken = new AbortController()
    const half = moveDatabase({ ...moving, signal: broken.signal, onTable: () => broken.abort(new Error("stopped")) })
    await expect(half).rejects.toThrow("stopped")
    await moveDatabase({ ...moving, signal })
    const moved = place()
    await makeArchive({ ...common, source: { type: "server", url: databaseUrl }, path: moved })
    expect(await sumsIn(moved)).toEqual(await sumsIn(path))
    await expect(moveDatabase({ ...moving, signal })).rejects.toThrow(/not empty/)
    const database = await openDatabase({ dataDir: "", databaseUrl, clock: systemClock, log: silentLog })
    const organization = createUuid(0)
    const { rows } = await database.inTenant(organization, (tx) => tx.execute(sql`SELECT id FROM request_logs`))
    expect(rows).toEqual([])
    await database.close()
  })

  it("refuse a small file that holds one endless line, in bounded memory", async () => {
    const bomb = place()
    await writeFile(bomb, gzipSync(Buffer.alloc(300 * 1024 * 1024, "a")))
    await expect(checkArchive(bomb, signal)).rejects.toThrow("a line of it is too long")
  })

  it("say in one line what is wrong with a file, wherever it is cut or changed", async () => {
    const whole = readFileSync(path)
    const damaged = place()
    const expectRefusal = async (bytes: Uint8Array) => {
      await writeFile(damaged, bytes)
      const error: unknown = await checkArchive(damaged, signal).then(
        () => null,
        (thrown: unknown) => thrown,
      )
      expect(error).toBeInstanceOf(ArchiveError)
      expect(String((error as Error).message)).toMatch(/^\/\S+: .+\.$/)
    }
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), (end) => expectRefusal(whole.subarray(0, end))),
      { numRuns: 40 },
    )
    // Not the ten bytes of the gzip's head, some of which say when and where it was made.
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 10, max: whole.length - 1 }), fc.nat(7), (at, bit) => {
        const bytes = new Uint8Array(whole)
        bytes[at] = (bytes[at] ?? 0) ^ (1 << bit)
        // The bits that fill up the last byte of what is compressed mean nothing.
        return isSameContent(bytes, whole) ? Promise.resolve() : expectRefusal(bytes)
      }),
      { numRuns: 60 },
    )
    await expect(checkArchive(join(folder, "nowhere"), signal)).rejects.toThrow(/there is no such file\.$/)
  })

  it("leave no half file and no half database behind", async () => {
    const stopped = new AbortController()
    const nowhere = join(place(), "never")
    const unwritable = makeArchive({ ...common, source: { type: "embedded", directory }, path: nowhere })
    await expect(unwritable).rejects.toThrow()
    const file = place()
    const cut = makeArchive({
      ...common,
      source: { type: "embedded", directory },
      path: file,
      signal: stopped.signal,
      onTable: () => stopped.abort(new Error("stopped")),
    })
    await expect(cut).rejects.toThrow()
    expect(existsSync(file)).toBe(false)
    const target = place()
    const header = await checkArchive(path, signal)
    const restored = restoreIntoDirectory(target, header, {
      ...restoring(path),
      onTable: () => {
        throw new Error("the disk is full")
      },
    })
    await expect(restored).rejects.toThrow("the disk is full")
    expect(existsSync(target)).toBe(false)
  })

  it("made by an older version are restored and brought to this version's tables; by a newer one, refused", async () => {
    const old = place()
    const oldest = Math.min(
      ...readMigrationFiles({ migrationsFolder: findMigrations() }).map((file) => file.folderMillis),
    )
    await withEmbeddedClient(old, null, async (client) => {
      await migrate(client, "sluice_app", oldest)
      await client.query("INSERT INTO installation VALUES ('id', 'kept')")
    })
    const archive = await archived(old)
    const header = await checkArchive(archive, signal)
    expect(header.migration).toBe(oldest)
    const restored = place()
    await restoreIntoDirectory(join(restored, "database"), header, restoring(archive))
    const database = await openEmbedded(restored)
    const { rows } = await database.system.execute(sql`SELECT value FROM installation`)
    await database.close()
    expect(rows).toEqual([{ value: "kept" }])
    const newer = place()
    const lines = gunzipSync(readFileSync(archive)).toString().split("\n")
    const first = JSON.stringify({ ...JSON.parse(lines[0] ?? ""), migration: 9_999_999_999_999 })
    await writeFile(newer, gzipSync([first, ...lines.slice(1)].join("\n")))
    await expect(checkArchive(newer, signal)).rejects.toThrow(/made by a newer version of Sluice/)
  })
})

const rowsPerCommit = 10

/** Commits in a row: a counter, and ten rows for each of its steps. */
function startLoad(database: Database) {
  let commits = 0
  let running = true
  let waiting: { readonly at: number; readonly resolve: () => void }[] = []
  const work = (async () => {
    while (running) {
      await database.inTransaction(async (tx) => {
        await tx.execute(sql`INSERT INTO installation VALUES ('commits', '1')
          ON CONFLICT (key) DO UPDATE SET value = (installation.value::int + 1)::text`)
        await tx.execute(sql`INSERT INTO snapshot_changes (kind, entity_id)
          SELECT 'load', repeat('x', 500) FROM generate_series(1, ${rowsPerCommit})`)
      })
      commits += 1
      for (const { at, resolve } of waiting) if (commits >= at) resolve()
      waiting = waiting.filter(({ at }) => commits < at)
    }
  })()
  return {
    commits: () => commits,
    until: (at: number) =>
      new Promise<void>((resolve) => {
        waiting.push({ at, resolve })
      }),
    async stop() {
      running = false
      await work
    },
  }
}

function isSameContent(bytes: Uint8Array, whole: Uint8Array): boolean {
  try {
    return gunzipSync(bytes).equals(gunzipSync(whole))
  } catch {
    return false
  }
}

async function sumsIn(path: string): Promise<Record<string, unknown>> {
  const { readArchive } = await import("./read-archive.ts")
  const sums: Record<string, unknown> = {}
  for await (const part of readArchive(path)) if (part.type === "table-end") sums[part.table.name] = part.sum
  return sums
}
