import type { ClientBase } from "pg"
import { type Row, RowChecksum, type TableSum, toLine } from "./row-checksum.ts"
import type { TablePlan } from "./table-plan.ts"

/** Rows fetched at once: a few hundred kilobytes of the widest table. */
const chunkRows = 1000

/** Values as the server writes them. */
const asText = { getTypeParser: () => (value: string) => value }

/**
 * A table's rows in chunks, each value as text. Call it inside a transaction that began with `plainText`; nothing else may
 * use the client's cursor meanwhile.
 */
export async function* readTable(client: ClientBase, { name, columns }: TablePlan): AsyncGenerator<readonly Row[]> {
  const list = columns.map((column) => client.escapeIdentifier(column.name)).join(", ")
  await client.query(`DECLARE sluice_rows NO SCROLL CURSOR FOR SELECT ${list} FROM ${client.escapeIdentifier(name)}`)
  try {
    for (;;) {
      const { rows } = await client.query<(string | null)[]>({
        text: `FETCH ${chunkRows} FROM sluice_rows`,
        rowMode: "array",
        types: asText,
      })
      if (rows.length === 0) return
      yield rows
    }
  } finally {
    // After an error of the transaction the cursor is gone with it.
    await client.query("CLOSE sluice_rows").catch(() => {})
  }
}

/** Reads a table to its end and gives its sum. */
export async function sumTable(client: ClientBase, table: TablePlan, signal: AbortSignal): Promise<TableSum> {
  const sum = new RowChecksum()
  for await (const rows of readTable(client, table)) {
    signal.throwIfAborted()
    for (const row of rows) sum.add(toLine(row))
  }
  return sum.total
}
