import { rm } from "node:fs/promises"
import type pg from "pg"
import { migrate, newestMigration, readMigration } from "../database/migrate.ts"
import { findTemplate } from "../database/template.ts"
import { defaultAppRole } from "../database/tenant-role.ts"
import type { ArchiveHeader } from "./archive.ts"
import { ArchiveError } from "./archive-error.ts"
import { compareTables, loadArchive } from "./load-archive.ts"
import { listFilledTables } from "./load-table.ts"
import { readArchive } from "./read-archive.ts"
import type { TableSum } from "./row-checksum.ts"
import { planTables } from "./table-plan.ts"
import { inPlainText, withEmbeddedClient, withServerClient } from "./with-client.ts"

/** What restoring takes. */
export interface RestoreOptions {
  readonly path: string
  readonly appRole: string | null
  readonly signal: AbortSignal
  onTable(name: string, sum: TableSum): void
  /** The template that a new embedded database is copied from. Default: the one made with the bundle. */
  readonly templatePath?: string | null
}

/**
 * Reads an archive to its end without a database, and gives its header.
 * @throws ArchiveError when it is damaged or was made by a newer version
 */
export async function checkArchive(path: string, signal: AbortSignal): Promise<ArchiveHeader> {
  let header: ArchiveHeader | null = null
  for await (const part of readArchive(path)) {
    signal.throwIfAborted()
    if (part.type !== "header") continue
    header = part.header
    if (header.migration > newestMigration()) {
      throw new ArchiveError(
        `${path}: made by a newer version of Sluice (${header.product}); restore it with that version.`,
      )
    }
  }
  if (header === null) throw new ArchiveError(`${path}: this backup cannot be used: it is empty. Take another one.`)
  return header
}

/**
 * Restores an archive into a new embedded database, reads everything back and compares it, and brings it to this version's
 * tables. On any failure the directory is removed.
 * @param directory where no database is yet
 * @throws ArchiveError or Error, in words for people
 */
export async function restoreIntoDirectory(
  directory: string,
  header: ArchiveHeader,
  options: RestoreOptions,
): Promise<ReadonlyMap<string, TableSum>> {
  const isCurrent = header.migration === newestMigration()
  const template = options.templatePath === undefined ? findTemplate() : options.templatePath
  try {
    return await withEmbeddedClient(directory, isCurrent ? template : null, async (client) => {
      const appRole = options.appRole ?? defaultAppRole
      await migrate(client, appRole, header.migration)
      // Chunk by chunk: nobody sees this database before it is whole, and one transaction would fill the disk with its log.
      const sums = await loadArchive({ ...options, client })
      await inPlainText(client, "read", () => compareTables(client, sums, options.signal))
      await migrate(client, appRole)
      return sums
    })
  } catch (error) {
    await rm(directory, { recursive: true, force: true })
    throw error
  }
}

/**
 * Restores an archive into an empty database on a server, in one transaction that compares before it commits.
 * @throws ArchiveError or Error, in words for people; the database is then as it was, apart from empty tables
 */
export async function restoreIntoServer(
  databaseUrl: string,
  header: ArchiveHeader,
  options: RestoreOptions,
): Promise<ReadonlyMap<string, TableSum>> {
  return withServerClient(databaseUrl, async (client) => {
    const appRole = options.appRole ?? defaultAppRole
    await prepareEmpty(client, appRole, header.migration)
    const sums = await inPlainText(client, "write", async () => {
      const loaded = await loadArchive({ ...options, client })
      await compareTables(client, loaded, options.signal)
      return loaded
    })
    await migrate(client, appRole)
    return sums
  })
}

/**
 * Makes the tables of a state of migrations in a database that holds none of our rows.
 * @throws Error that says what is there
 */
export async function prepareEmpty(client: pg.Client, appRole: string, migration: number): Promise<void> {
  const found = await readMigration(client)
  const filled = found === 0 ? [] : await listFilledTables(client, await planTables(client))
  if (filled.length > 0) {
    throw new Error(
      `the database is not empty: ${filled.slice(0, 5).join(", ")}${filled.length > 5 ? ` and ${filled.length - 5} more tables` : ""}. ` +
        "Name a new, empty database (CREATE DATABASE sluice)",
    )
  }
  if (found > migration) {
    throw new Error(
      "the database has newer, empty tables than the backup; name a new, empty database (CREATE DATABASE sluice)",
    )
  }
  await migrate(client, appRole, migration)
}
