import { createHash, type Hash } from "node:crypto"
import { createWriteStream } from "node:fs"
import { open } from "node:fs/promises"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { createGzip } from "node:zlib"
import type { ClientBase } from "pg"
import type { ArchiveHeader } from "./archive.ts"
import { readTable } from "./read-table.ts"
import { RowChecksum, type TableSum, toLine } from "./row-checksum.ts"
import type { TablePlan } from "./table-plan.ts"

/** What writing takes. */
export interface WriteArchiveOptions {
  /** In a transaction that began with `plainText` and sees one state of the database throughout. */
  readonly client: ClientBase
  readonly header: ArchiveHeader
  /** Made; must not exist. */
  readonly path: string
  readonly signal: AbortSignal
  /** Told after each table. */
  onTable(name: string, sum: TableSum): void
}

/**
 * Writes every table of the header to a file that only this user may read, and waits until the disk has it.
 * @throws Error when the database or the disk fails, the count of a table is not the number of rows read, or the signal aborts;
 * the file is then unfinished
 */
export async function writeArchive(options: WriteArchiveOptions): Promise<void> {
  const { path, signal } = options
  const file = createWriteStream(path, { flags: "wx", mode: 0o600 })
  await pipeline(Readable.from(toBytes(options)), createGzip({ level: 5 }), file, { signal })
  const written = await open(path, "r+")
  try {
    await written.sync()
  } finally {
    await written.close()
  }
}

async function* toBytes(options: WriteArchiveOptions): AsyncGenerator<Buffer> {
  const hash = createHash("sha256")
  yield line(hash, options.header)
  for (const table of options.header.tables) yield* toTableBytes(options, hash, table)
  const sha256 = hash.copy().digest("hex")
  yield line(hash, { end: true, sha256 })
}

async function* toTableBytes(options: WriteArchiveOptions, hash: Hash, table: TablePlan): AsyncGenerator<Buffer> {
  const { client, onTable } = options
  yield line(hash, { table: table.name })
  const sum = new RowChecksum()
  for await (const rows of readTable(client, table)) {
    const lines = rows.map(toLine)
    for (const text of lines) sum.add(text)
    const bytes = Buffer.from(`${lines.join("\n")}\n`)
    hash.update(bytes)
    yield bytes
  }
  const { rows } = await client.query<{ count: string }>(
    `SELECT count(*)::text AS count FROM ${client.escapeIdentifier(table.name)}`,
  )
  if (rows[0]?.count !== String(sum.total.rows)) {
    throw new Error(`${table.name} has ${rows[0]?.count} rows, but ${sum.total.rows} were read`)
  }
  yield line(hash, sum.total)
  onTable(table.name, sum.total)
}

function line(hash: Hash, content: object): Buffer {
  const bytes = Buffer.from(`${JSON.stringify(content)}\n`)
  hash.update(bytes)
  return bytes
}
