import type { ClientBase } from "pg"
import { ArchiveError } from "./archive-error.ts"
import { loadRows, makePartitions, setSequences } from "./load-table.ts"
import { readArchive } from "./read-archive.ts"
import { sumTable } from "./read-table.ts"
import { isSameSum, type TableSum } from "./row-checksum.ts"
import { planTables, type TablePlan } from "./table-plan.ts"

/** What loading takes. */
export interface LoadArchiveOptions {
  /** To a database with the archive's own migrations and no rows. */
  readonly client: ClientBase
  readonly path: string
  readonly signal: AbortSignal
  /** Told after each table. */
  onTable(name: string, sum: TableSum): void
}

/**
 * Loads an archive and then reads every table back: what is in the database afterwards is what the archive says, or this
 * throws. The caller decides whether it is one transaction.
 * @throws ArchiveError when the archive is damaged or was made with other tables; Error when the database fails
 */
export async function loadArchive(options: LoadArchiveOptions): Promise<ReadonlyMap<string, TableSum>> {
  const { client, path, signal, onTable } = options
  const targets = new Map((await planTables(client)).map((table) => [table.name, table]))
  const sums = new Map<string, TableSum>()
  for await (const part of readArchive(path)) {
    signal.throwIfAborted()
    if (part.type === "header") {
      for (const table of part.header.tables) await makePartitions(client, matching(path, targets, table))
    } else if (part.type === "rows") {
      await loadRows(client, matching(path, targets, part.table), part.rows)
    } else {
      await setSequences(client, part.table)
      sums.set(part.table.name, part.sum)
      onTable(part.table.name, part.sum)
    }
  }
  return sums
}

/**
 * Reads every table that was loaded and compares.
 * @throws Error that names the first table whose rows are not the ones that were loaded
 */
export async function compareTables(
  client: ClientBase,
  sums: ReadonlyMap<string, TableSum>,
  signal: AbortSignal,
): Promise<void> {
  for (const table of await planTables(client)) {
    const wanted = sums.get(table.name) ?? { rows: 0, checksum: "0".repeat(32) }
    const found = await sumTable(client, table, signal)
    if (isSameSum(wanted, found)) continue
    throw new Error(
      `${table.name} should have ${wanted.rows} rows with the checksum ${wanted.checksum}, but has ${found.rows} with ${found.checksum}`,
    )
  }
}

/** The target's own description of a table with the archive's parts; types are never taken from a file. */
function matching(path: string, targets: ReadonlyMap<string, TablePlan>, given: TablePlan): TablePlan {
  const target = targets.get(given.name)
  const names = (table: TablePlan) => table.columns.map((column) => column.name).join(", ")
  if (!target || names(target) !== names(given)) {
    throw new ArchiveError(`${path}: its table ${given.name} is not as this version of Sluice makes it.`)
  }
  return { ...target, partitions: given.partitions }
}
