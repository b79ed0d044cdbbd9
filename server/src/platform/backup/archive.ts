import { z } from "zod"

/**
 * What an archive is: a gzip of lines of JSON. The first line is the header; then, for each table, a line that names it, a line
 * per row (its values in text, in the order of the header's columns) and a line with its sum; then the end, with the SHA-256
 * of everything before it. `zcat` and `jq` read it. docs/backup.md describes it for people.
 */
export const archiveFormat = 1

/** Names of archives that were finished end like this. */
export const archiveSuffix = ".sluice-backup"

const name = z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/)
const whole = z.number().int().min(0)

const TableHeader = z.strictObject({
  name,
  columns: z.array(z.strictObject({ name, type: z.string().max(200) })).min(1),
  sequences: z.array(
    z.strictObject({ column: name, lastValue: z.string().regex(/^-?\d{1,19}$/), isCalled: z.boolean() }),
  ),
  partitions: z.array(z.strictObject({ name, bounds: z.string().max(200) })),
})

/** The first line. */
export const ArchiveHeader = z.strictObject({
  sluice_backup: z.literal(archiveFormat),
  /** A moment at which everything that was stored before is in here. */
  made_at: z.iso.datetime(),
  /** The version of Sluice that made it. */
  product: z.string().max(100),
  /** `embedded` or `server`, and the version of PostgreSQL. */
  database: z.string().max(200),
  /** The newest migration that the data had seen, in milliseconds since 1970; files are known by it. */
  migration: whole,
  /** Names the master key that the secrets in here need; null when the installation had not started yet. */
  master_key_fingerprint: z.string().max(100).nullable(),
  tables: z.array(TableHeader),
})
export type ArchiveHeader = z.infer<typeof ArchiveHeader>

/** Before a table's rows. */
export const TableStart = z.strictObject({ table: name })
/** After a table's rows. */
export const TableEnd = z.strictObject({ rows: whole, checksum: z.string().regex(/^[0-9a-f]{32}$/) })
/** The last line. */
export const ArchiveEnd = z.strictObject({ end: z.literal(true), sha256: z.string().regex(/^[0-9a-f]{64}$/) })
