import { existsSync } from "node:fs"
import { mkdir, rename } from "node:fs/promises"
import { join, resolve } from "node:path"
import { drizzle, type NodePgDatabase } from "drizzle-orm/node-postgres"
import type { NodePgQueryResultHKT } from "drizzle-orm/node-postgres/session"
import type { PgDatabase } from "drizzle-orm/pg-core"
import pg from "pg"
import type { Clock } from "../clock.ts"
import type { DatabaseLog } from "./database-log.ts"
import { EmbeddedDatabase } from "./embedded.ts"
import { acquireDataLock } from "./lock.ts"
import { migrate } from "./migrate.ts"
import { createEmbeddedPool, createServerPool, embeddedClientConfig, serverClientConfig } from "./pool.ts"
import { findTemplate } from "./template.ts"
import { defaultAppRole } from "./tenant-role.ts"
import { runInTransaction, type Transaction } from "./transaction.ts"

export type { Transaction } from "./transaction.ts"

/** Anything SQL can be sent to: the system's pool or a transaction. What a store's functions take. */
export type Queries = PgDatabase<NodePgQueryResultHKT, Record<string, never>>

/** The store of one installation, embedded or on a server: the same SQL, the same fence between organizations. */
export interface Database {
  readonly kind: "embedded" | "server"
  /** Passes the fence: for migrations, jobs and work across organizations. Each query is its own transaction. */
  readonly system: NodePgDatabase
  /**
   * Runs one organization's work in one transaction, as a role that sees that organization's rows and no others. Inside,
   * await nothing but `tx`: on the embedded database an open transaction stops everyone, and one open for more than five
   * seconds is ended with its connection. What `run` throws rolls back and is thrown on.
   * @throws RangeError when the organization is not a UUID
   */
  inTenant<T>(organizationId: string, run: (tx: Transaction) => Promise<T>): Promise<T>
  /** As `inTenant`, but passes the fence. */
  inTransaction<T>(run: (tx: Transaction) => Promise<T>): Promise<T>
  /**
   * Copies the embedded database as it is at one moment into a new folder, while everyone goes on working; null for a server,
   * whose own tools do that. @throws Error when another copy is being made or the disk is full
   */
  readonly cloneInto: ((directory: string) => Promise<void>) | null
  /** Resolves when the database answers. @throws what `isStoreUnavailable` recognises when it does not */
  ping(): Promise<void>
  /** Waits for what is under way, then lets go of everything. Twice does no harm. */
  close(): Promise<void>
}

export interface DatabaseOptions {
  /** The installation's data directory; the embedded database lives in `database` inside it. */
  readonly dataDir: string
  /** A server's address; null or absent: the embedded database. */
  readonly databaseUrl?: string | null
  readonly clock: Clock
  readonly log: DatabaseLog
  /** The role that tenants' transactions run as. Default `sluice_app`. */
  readonly appRole?: string | null
  /** Where the embedded database's first start copies from. Default: the one made with the bundle, if there is one. */
  readonly templatePath?: string | null
}

/**
 * A restored database that is whole and only waits for its name: a restore that was killed between moving the old one
 * aside and naming the new one is finished by whoever opens next.
 */
export const readyDirectoryName = "database.ready"

/** Migrations run alone, before anyone is served, and may take this long on the embedded database (milliseconds). */
const migrationDeadlineMs = 60_000

/**
 * Opens the store and brings it to what this version expects. The embedded database's directory is locked for this
 * process until `close`.
 * @throws Error that says what to do: another process has the directory, the address is wrong, a migration failed
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const appRole = options.appRole ?? defaultAppRole
  return options.databaseUrl ? openServer(options.databaseUrl, appRole, options) : openEmbedded(appRole, options)
}

async function openServer(databaseUrl: string, appRole: string, { log }: DatabaseOptions): Promise<Database> {
  await migrateOnce(serverClientConfig(databaseUrl), appRole)
  const pool = createServerPool(databaseUrl, log)
  return createDatabase({ kind: "server", pool, appRole, cloneInto: null, release: async () => {} })
}

async function openEmbedded(appRole: string, options: DatabaseOptions): Promise<Database> {
  const { clock, log, templatePath = findTemplate() } = options
  const dataDir = resolve(options.dataDir)
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const lock = await acquireDataLock(dataDir, { clock })
  let embedded: EmbeddedDatabase | null = null
  const release = async () => {
    await embedded?.close()
    await lock.release()
  }
  try {
    const directory = join(dataDir, "database")
    const ready = join(dataDir, readyDirectoryName)
    if (!existsSync(directory) && existsSync(ready)) await rename(ready, directory)
    const opened = await EmbeddedDatabase.open({ directory, templatePath, log })
    embedded = opened
    await migrateOnce(embeddedClientConfig(opened, migrationDeadlineMs), appRole)
    const cloneInto = (directory: string) => opened.cloneInto(directory)
    return createDatabase({ kind: "embedded", pool: createEmbeddedPool(opened, log), appRole, cloneInto, release })
  } catch (error) {
    await release()
    throw error
  }
}

async function migrateOnce(config: pg.ClientConfig, appRole: string): Promise<void> {
  const client = new pg.Client({ ...config, connectionTimeoutMillis: 10_000 })
  client.on("error", () => {})
  await client.connect()
  try {
    await migrate(client, appRole)
  } finally {
    await client.end()
  }
}

interface Parts {
  readonly kind: Database["kind"]
  readonly pool: pg.Pool
  readonly appRole: string
  readonly cloneInto: Database["cloneInto"]
  release(): Promise<void>
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

function createDatabase({ kind, pool, appRole, cloneInto, release }: Parts): Database {
  const role = pg.escapeIdentifier(appRole)
  let closed: Promise<void> | null = null
  return {
    kind,
    system: drizzle(pool),
    cloneInto,
    async inTenant(organizationId, run) {
      if (!uuidPattern.test(organizationId)) throw new RangeError(`not an organization's UUID: ${organizationId}`)
      const begin = `BEGIN; SET LOCAL ROLE ${role}; SET LOCAL sluice.organization = '${organizationId}'`
      return runInTransaction(pool, begin, run)
    },
    inTransaction: (run) => runInTransaction(pool, "BEGIN", run),
    async ping() {
      await pool.query("SELECT 1")
    },
    close() {
      closed ??= pool.end().then(release)
      return closed
    },
  }
}
