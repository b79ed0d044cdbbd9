import { rm } from "node:fs/promises"
import type pg from "pg"
import { readMigration } from "../database/migrate.ts"
import { type ArchiveHeader, archiveFormat } from "./archive.ts"
import type { TableSum } from "./row-checksum.ts"
import { planTables } from "./table-plan.ts"
import { inPlainText, withEmbeddedClient, withServerClient } from "./with-client.ts"
import { writeArchive } from "./write-archive.ts"

/** Where data is read from: an embedded database that nobody else has open, or a server. */
export type ArchiveSource =
  | { readonly type: "embedded"; readonly directory: string }
  | { readonly type: "server"; readonly url: string }

/** What making takes. */
export interface MakeArchiveOptions {
  readonly source: ArchiveSource
  /** Made; removed again when the making fails. */
  readonly path: string
  /** The version of Sluice. */
  readonly product: string
  /** A moment that everything in the source was there at, in milliseconds since 1970: what is newer may be in it, nothing older is missing. */
  readonly madeAt: number
  readonly signal: AbortSignal
  onTable(name: string, sum: TableSum): void
}

/**
 * Writes what the source holds at one moment to an archive. It is not called a backup until `verifyArchive` restored it.
 * @throws Error when the source does not open or has never been migrated, or the disk fails; no half file is left
 */
export async function makeArchive(options: MakeArchiveOptions): Promise<ArchiveHeader> {
  const { source, path } = options
  const write = (client: pg.Client) =>
    inPlainText(client, "read", async () => {
      const header = await toHeader(client, options)
      await writeArchive({ ...options, client, header })
      return header
    })
  try {
    if (source.type === "server") return await withServerClient(source.url, write)
    return await withEmbeddedClient(source.directory, null, write)
  } catch (error) {
    await rm(path, { force: true })
    throw error
  }
}

async function toHeader(
  client: pg.Client,
  { source, product, madeAt }: Pick<MakeArchiveOptions, "source" | "product" | "madeAt">,
): Promise<ArchiveHeader> {
  const migration = await readMigration(client)
  if (migration === 0) throw new Error("the database is empty: Sluice has not started on it yet")
  const { rows: versions } = await client.query<{ server_version: string }>("SHOW server_version")
  const { rows } = await client.query<{ value: string }>(
    "SELECT value FROM installation WHERE key = 'master_key_fingerprint'",
  )
  const tables = await planTables(client)
  return {
    sluice_backup: archiveFormat,
    made_at: new Date(madeAt).toISOString(),
    product,
    database: `${source.type}, PostgreSQL ${versions[0]?.server_version ?? "unknown"}`,
    migration,
    master_key_fingerprint: rows[0]?.value ?? null,
    tables: tables.map((table) => ({
      name: table.name,
      columns: [...table.columns],
      sequences: [...table.sequences],
      partitions: [...table.partitions],
    })),
  }
}
