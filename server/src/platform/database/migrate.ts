import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { readMigrationFiles } from "drizzle-orm/migrator"
import { NodePgSession } from "drizzle-orm/node-postgres/session"
import { PgDialect } from "drizzle-orm/pg-core"
import type { Client, ClientBase } from "pg"
import { prepareTenantRole } from "./tenant-role.ts"

/** Any number that nothing else in the same database locks: the letters “sluice” read as hexadecimal would not fit. */
const migrationLock = 7_583_210_461

/**
 * Brings the tables to what this version expects and prepares the tenants' role. Any number of processes may do it at
 * once: they take turns. All pending files are one transaction, so a failure leaves the database as it was.
 * @param client a connection of its own, already open; its session holds the lock
 * @param upTo the newest file to apply, as `newestMigration` counts: what a backup of an older version is loaded into
 * @throws Error when the database is newer than this version, or a file fails
 */
export async function migrate(client: Client, appRole: string, upTo = Number.POSITIVE_INFINITY): Promise<void> {
  const migrationsFolder = findMigrations()
  await client.query("SELECT pg_advisory_lock($1)", [migrationLock])
  try {
    if ((await readMigration(client)) > newestMigration()) {
      throw new Error(
        "the database was migrated by a newer version of Sluice; start that version, or restore a backup made before it",
      )
    }
    const files = readMigrationFiles({ migrationsFolder }).filter(({ folderMillis }) => folderMillis <= upTo)
    const dialect = new PgDialect()
    await dialect.migrate(files, new NodePgSession(client, dialect, undefined), { migrationsFolder })
    // An older state may lack a table that the role is granted; it is brought up to date before anyone is served.
    if (upTo >= newestMigration()) await prepareTenantRole(client, appRole)
  } finally {
    await client.query("SELECT pg_advisory_unlock($1)", [migrationLock])
  }
}

/**
 * The folder of migrations: `server/migrations`, from the sources and from the bundle alike.
 * @throws Error when it is nowhere above this file
 */
export function findMigrations(): string {
  const start = dirname(fileURLToPath(import.meta.url))
  for (let folder = start; ; folder = dirname(folder)) {
    for (const migrations of [join(folder, "migrations"), join(folder, "server", "migrations")]) {
      if (existsSync(join(migrations, "meta", "_journal.json"))) return migrations
    }
    if (dirname(folder) === folder) throw new Error(`no folder "migrations" in or above ${start}`)
  }
}

/** The newest migration of this version: its moment in milliseconds since 1970, by which the journal knows it. */
export function newestMigration(): number {
  return Math.max(...readMigrationFiles({ migrationsFolder: findMigrations() }).map(({ folderMillis }) => folderMillis))
}

/** The newest migration a database has seen, as `newestMigration` counts; 0 for an empty one. */
export async function readMigration(client: ClientBase): Promise<number> {
  const { rows: tables } = await client.query<{ found: boolean }>(
    "SELECT to_regclass('drizzle.__drizzle_migrations') IS NOT NULL AS found",
  )
  if (!tables[0]?.found) return 0
  const { rows } = await client.query<{ latest: string | null }>(
    "SELECT max(created_at) AS latest FROM drizzle.__drizzle_migrations",
  )
  return Number(rows[0]?.latest ?? 0)
}
