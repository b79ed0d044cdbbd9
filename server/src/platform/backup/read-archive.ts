import { createHash } from "node:crypto"
import { createReadStream } from "node:fs"
import { createGunzip } from "node:zlib"
import { z } from "zod"
import { ArchiveEnd, ArchiveHeader, archiveFormat, TableEnd, TableStart } from "./archive.ts"
import { ArchiveError } from "./archive-error.ts"
import { isSameSum, type Row, RowChecksum, type TableSum } from "./row-checksum.ts"
import type { TablePlan } from "./table-plan.ts"

/** What an archive holds, in its order. */
export type ArchivePart =
  | { readonly type: "header"; readonly header: ArchiveHeader }
  | { readonly type: "rows"; readonly table: TablePlan; readonly rows: readonly Row[] }
  | { readonly type: "table-end"; readonly table: TablePlan; readonly sum: TableSum }

/** Rows handed on at once. */
const chunkRows = 1000

const AnyRow = z.array(z.string().nullable())

/**
 * Reads an archive from its first byte to its last, checking everything that can be checked without a database: that it is whole,
 * that nothing in it was changed, that each table has the rows and the sum it says. What was yielded before an error must
 * not be kept.
 * @throws ArchiveError with one line for people
 */
export async function* readArchive(path: string): AsyncGenerator<ArchivePart> {
  const hash = createHash("sha256")
  let header: ArchiveHeader | null = null
  let reading: TableReading | null = null
  let ended = false
  let position = 0
  for await (const text of readLines(path)) {
    if (ended) throw damaged(path, "something follows its end")
    if (header === null) {
      header = toHeader(path, text)
      yield { type: "header", header }
    } else if (text.startsWith("[")) {
      if (!reading) throw damaged(path, "it has a row outside of a table")
      const rows = reading.add(parse(path, AnyRow, text), text)
      if (rows) yield { type: "rows", table: reading.table, rows }
    } else if (reading) {
      const { table } = reading
      const rows = reading.finish(parse(path, TableEnd, text))
      if (rows.length > 0) yield { type: "rows", table, rows }
      yield { type: "table-end", table, sum: reading.total }
      reading = null
    } else if (position < header.tables.length) {
      reading = openTable(path, header.tables[position], parse(path, TableStart, text).table)
      position += 1
    } else {
      if (parse(path, ArchiveEnd, text).sha256 !== hash.digest("hex")) throw damaged(path, "its contents were changed")
      ended = true
    }
    if (!ended) hash.update(`${text}\n`)
  }
  if (!ended) throw damaged(path, "it ends too early")
}

/** One table while its lines come. */
class TableReading {
  readonly table: TablePlan
  readonly #path: string
  readonly #sum = new RowChecksum()
  #rows: Row[] = []

  constructor(path: string, table: TablePlan) {
    this.#path = path
    this.table = table
  }

  get total(): TableSum {
    return this.#sum.total
  }

  /** The rows to hand on, when there are enough. */
  add(row: Row, text: string): readonly Row[] | null {
    if (row.length !== this.table.columns.length) throw damaged(this.#path, `a row of ${this.table.name} is not one`)
    this.#sum.add(text)
    this.#rows.push(row)
    return this.#rows.length < chunkRows ? null : this.#rows.splice(0)
  }

  finish(said: TableSum): readonly Row[] {
    if (!isSameSum(said, this.#sum.total))
      throw damaged(this.#path, `rows of ${this.table.name} are missing or changed`)
    return this.#rows.splice(0)
  }
}

function openTable(path: string, table: TablePlan | undefined, name: string): TableReading {
  if (table?.name !== name) throw damaged(path, `the table ${name} is not where its header says`)
  return new TableReading(path, table)
}

function toHeader(path: string, text: string): ArchiveHeader {
  const given = parse(path, z.looseObject({ sluice_backup: z.number() }), text, "it is not a backup of Sluice")
  if (given.sluice_backup !== archiveFormat) {
    throw new ArchiveError(
      `${path}: a backup of format ${given.sluice_backup}, and this version of Sluice reads format ${archiveFormat}; use the version that made it.`,
    )
  }
  return parse(path, ArchiveHeader, text)
}

function parse<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
  text: string,
  otherwise = "a line of it is not readable",
): z.infer<Schema> {
  try {
    return schema.parse(JSON.parse(text))
  } catch (cause) {
    throw damaged(path, otherwise, cause)
  }
}

const damaged = (path: string, how: string, cause?: unknown): ArchiveError =>
  new ArchiveError(`${path}: this backup cannot be used: ${how}. Take another one.`, { cause })

/** Bytes of the longest line that is read: a row of a table is a line, and a gzip of a megabyte can hold a gigabyte of one. */
const longestLine = 256 * 1024 * 1024

/** The lines of a gzip. A last one without an end of line is a cut one, and is not given. */
async function* readLines(path: string): AsyncGenerator<string> {
  const file = createReadStream(path)
  const content = createGunzip()
  file.on("error", (error) => content.destroy(error))
  let rest: Buffer[] = []
  let held = 0
  try {
    for await (const chunk of file.pipe(content) as AsyncIterable<Buffer>) {
      let from = 0
      for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
        yield Buffer.concat([...rest, chunk.subarray(from, end)]).toString("utf8")
        rest = []
        held = 0
        from = end + 1
      }
      rest.push(chunk.subarray(from))
      held += chunk.length - from
      if (held > longestLine) throw damaged(path, "a line of it is too long")
    }
  } catch (error) {
    if (error instanceof ArchiveError) throw error
    throw toArchiveError(path, error as NodeJS.ErrnoException)
  } finally {
    file.destroy()
    content.destroy()
  }
}

function toArchiveError(path: string, error: NodeJS.ErrnoException): ArchiveError {
  if (error.code === "ENOENT") return new ArchiveError(`${path}: there is no such file.`)
  if (error.code === "Z_BUF_ERROR") return damaged(path, "it ends too early", error)
  if (error.code?.startsWith("Z_")) return damaged(path, "it is damaged or not a backup of Sluice", error)
  return new ArchiveError(`${path}: cannot be read (${error.code ?? error.message}).`, { cause: error })
}
