import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import pg from "pg"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { describeEachDatabase, embeddedTemplate, silentLog } from "../../testing/database.ts"
import { findPostgres, type PostgresServer, startPostgres } from "../../testing/postgres.ts"
import { systemClock } from "../clock.ts"
import { type Database, openDatabase } from "./database.ts"

const source = findPostgres()

describe.skipIf(!source)("migrating a server", () => {
  let server: PostgresServer
  beforeAll(async () => {
    if (source) server = await startPostgres(source)
  })
  afterAll(() => server.stop())

  const openAt = (databaseUrl: string, appRole?: string) =>
    openDatabase({ dataDir: "", databaseUrl, clock: systemClock, log: silentLog, ...(appRole ? { appRole } : {}) })

  async function ask(url: string, statement: string): Promise<readonly Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    try {
      return (await client.query(statement)).rows
    } finally {
      await client.end()
    }
  }

  const closeAll = (databases: readonly Database[]) => Promise.all(databases.map((database) => database.close()))
  const countMigrations = async (url: string) =>
    Number((await ask(url, "SELECT count(*) FROM drizzle.__drizzle_migrations"))[0]?.count)

  it("works for three instances that start at once, and a fourth finds nothing to do", async () => {
    const url = await server.createDatabase()
    await closeAll(await Promise.all([1, 2, 3].map(() => openAt(url))))
    const applied = await countMigrations(url)
    expect(applied).toBeGreaterThanOrEqual(2)
    await closeAll([await openAt(url)])
    expect(await countMigrations(url)).toBe(applied)
  })

  it("makes the tenants' role once when three databases of one server need it at the same moment", async () => {
    const urls = await Promise.all([1, 2, 3].map(() => server.createDatabase()))
    const role = `Tenants "${process.pid}"`
    await closeAll(await Promise.all(urls.map((url) => openAt(url, role))))
    const database = await openAt(urls[0] ?? "", role)
    const id = "01936b3e-0000-7000-8000-000000000000"
    const { rows } = await database.inTenant(id, (tx) => tx.execute("SELECT current_user AS name"))
    expect(rows).toEqual([{ name: role }])
    await database.close()
    for (const url of urls) await ask(url, `DROP OWNED BY ${pg.escapeIdentifier(role)}`)
    await ask(urls[0] ?? "", `DROP ROLE ${pg.escapeIdentifier(role)}`)
  })

  it("serves an owner that may make roles, and says what to run to one that may not", async () => {
    const url = await server.createDatabase()
    const name = new URL(url).pathname.slice(1)
    const [owner, role] = [`owner_${process.pid}`, `tenants_${process.pid}`]
    await ask(url, `CREATE ROLE ${owner} LOGIN PASSWORD 'hush'; ALTER DATABASE ${name} OWNER TO ${owner}`)
    const own = new URL(url)
    own.username = owner
    own.password = "hush"
    const refused = openAt(own.href, role)
    await expect(refused).rejects.toThrow(`run: CREATE ROLE "${role}" NOLOGIN; GRANT "${role}" TO <that user>`)
    await ask(url, `ALTER ROLE ${owner} CREATEROLE`)
    const database = await openAt(own.href, role)
    const id = "01936b3e-0000-7000-8000-000000000000"
    expect((await database.inTenant(id, (tx) => tx.execute("SELECT * FROM projects"))).rows).toEqual([])
    await database.close()
    await ask(url, `DROP OWNED BY ${role}; REASSIGN OWNED BY ${owner} TO CURRENT_USER; DROP OWNED BY ${owner}`)
    await ask(url, `DROP ROLE ${role}`)
    await ask(url, `DROP ROLE ${owner}`)
  })

  it("refuses a tenants' role that would pass the fence", async () => {
    const url = await server.createDatabase()
    const user = (await ask(url, "SELECT current_user AS name"))[0]?.name
    await expect(openAt(url, String(user))).rejects.toThrow("would see every organization's rows")
  })

  it("refuses a database that a newer version migrated", async () => {
    const url = await server.createDatabase()
    await closeAll([await openAt(url)])
    await ask(url, "INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('later', 9999999999999)")
    await expect(openAt(url)).rejects.toThrow("migrated by a newer version of Sluice")
  })
})

describe("opening the embedded database", () => {
  let dataDir: string
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "sluice-open-"))
  })
  afterAll(() => rm(dataDir, { recursive: true, force: true }))

  const open = async (templatePath: string | null) =>
    openDatabase({ dataDir, templatePath, clock: systemClock, log: silentLog })

  it("initialises without a template, and keeps what was written for the next time", async () => {
    const first = await open(null)
    await first.system.execute("INSERT INTO installation VALUES ('made', 'once')")
    await first.close()
    const second = await open(await embeddedTemplate())
    expect((await second.system.execute("SELECT * FROM installation")).rows).toEqual([{ key: "made", value: "once" }])
    await second.close()
  })

  it("is refused while another has the directory, in a sentence that names it", async () => {
    const first = await open(null)
    await expect(open(null)).rejects.toThrow(`${dataDir} is in use by process ${process.pid}`)
    await first.close()
    const second = await open(null)
    await second.close()
  })
})

describeEachDatabase("migrated tables", (open) => {
  let database: Database
  beforeAll(async () => {
    database = await open()
  })

  it("keep request logs in partitions by time, and instants to the millisecond", async () => {
    const { rows } = await database.system.execute(
      "SELECT pg_get_partkeydef('request_logs'::regclass) AS key, format_type(atttypid, atttypmod) AS type FROM pg_attribute WHERE attrelid = 'request_logs'::regclass AND attname = 'finished_at'",
    )
    expect(rows).toEqual([{ key: "RANGE (finished_at)", type: "timestamp(3) with time zone" }])
  })
})
