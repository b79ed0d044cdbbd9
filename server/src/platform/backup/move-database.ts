import { migrate, newestMigration } from "../database/migrate.ts"
import { defaultAppRole } from "../database/tenant-role.ts"
import { compareTables } from "./load-archive.ts"
import { loadRows, makePartitions, setSequences } from "./load-table.ts"
import { readTable } from "./read-table.ts"
import { prepareEmpty } from "./restore-archive.ts"
import { RowChecksum, type TableSum, toLine } from "./row-checksum.ts"
import { planTables } from "./table-plan.ts"
import { inPlainText, withEmbeddedClient, withServerClient } from "./with-client.ts"

/** What moving takes. */
export interface MoveOptions {
  /** The embedded database's directory; nobody else has it open. */
  readonly directory: string
  /** A server with an empty database. */
  readonly databaseUrl: string
  readonly appRole: string | null
  readonly signal: AbortSignal
  onTable(name: string, sum: TableSum): void
}

/**
 * Copies an embedded database to a server, in one transaction there that commits only after every table was read back and has
 * the same rows. The embedded one is brought to this version's tables and else left as it was.
 * @throws Error in words for people; the server then has empty tables at most
 */
export async function moveDatabase(options: MoveOptions): Promise<ReadonlyMap<string, TableSum>> {
  const { directory, databaseUrl, signal, onTable } = options
  const appRole = options.appRole ?? defaultAppRole
  return withServerClient(databaseUrl, async (target) => {
    await prepareEmpty(target, appRole, newestMigration())
    return withEmbeddedClient(directory, null, async (source) => {
      await migrate(source, appRole)
      return inPlainText(source, "read", () =>
        inPlainText(target, "write", async () => {
          const sums = new Map<string, TableSum>()
          for (const table of await planTables(source)) {
            const sum = new RowChecksum()
            await makePartitions(target, table)
            for await (const rows of readTable(source, table)) {
              signal.throwIfAborted()
              for (const row of rows) sum.add(toLine(row))
              await loadRows(target, table, rows)
            }
            await setSequences(target, table)
            sums.set(table.name, sum.total)
            onTable(table.name, sum.total)
          }
          await compareTables(target, sums, signal)
          return sums
        }),
      )
    })
  })
}
