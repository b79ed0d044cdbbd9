import type { ClientBase } from "pg"
import type { Row } from "./row-checksum.ts"
import type { TablePlan } from "./table-plan.ts"

/** What a part of a table may be called and where it may lie: an archive is read before it is believed. */
const partitionName = /^[a-z_][a-z0-9_]{0,62}$/
const partitionBounds =
  /^FOR VALUES (FROM \('[0-9 :.+-]{8,40}'\) TO \('[0-9 :.+-]{8,40}'\)|IN \('[a-z0-9_]+'(, '[a-z0-9_]+')*\))$/

/**
 * Makes a table's parts where they are missing. Call it before its rows are loaded.
 * @throws Error for a name or range that is not one of ours
 */
export async function makePartitions(client: ClientBase, { name, partitions }: TablePlan): Promise<void> {
  const parent = client.escapeIdentifier(name)
  for (const part of partitions) {
    if (!partitionName.test(part.name) || !partitionBounds.test(part.bounds)) {
      throw new Error(`${name} has a part that cannot be made: ${part.name} ${part.bounds}`)
    }
    const { rows } = await client.query<{ found: boolean }>("SELECT to_regclass($1) IS NOT NULL AS found", [part.name])
    if (rows[0]?.found) continue
    await client.query(`CREATE TABLE ${client.escapeIdentifier(part.name)} PARTITION OF ${parent} ${part.bounds}`)
  }
}

/** Adds rows to a table, in one statement whose only parameter is JSON; each value is read as its column's type reads text. */
export async function loadRows(client: ClientBase, { name, columns }: TablePlan, rows: readonly Row[]): Promise<void> {
  const list = columns.map((column) => client.escapeIdentifier(column.name)).join(", ")
  const values = columns.map((column, position) => `(r ->> ${position})::${column.type}`).join(", ")
  await client.query(
    `INSERT INTO ${client.escapeIdentifier(name)} (${list}) OVERRIDING SYSTEM VALUE
     SELECT ${values} FROM jsonb_array_elements($1::text::jsonb) AS r`,
    [JSON.stringify(rows)],
  )
}

/** Sets a table's counters to where they stood. Call it after its rows are loaded. */
export async function setSequences(client: ClientBase, { name, sequences }: TablePlan): Promise<void> {
  for (const { column, lastValue, isCalled } of sequences) {
    await client.query("SELECT setval(pg_get_serial_sequence(quote_ident($1), $2), $3::bigint, $4)", [
      name,
      column,
      lastValue,
      isCalled,
    ])
  }
}

/** The names of tables that hold rows, with how many; empty for a database that nobody used yet. */
export async function listFilledTables(client: ClientBase, tables: readonly TablePlan[]): Promise<readonly string[]> {
  const filled: string[] = []
  for (const { name } of tables) {
    const { rows } = await client.query<{ count: string }>(
      `SELECT count(*)::text AS count FROM ${client.escapeIdentifier(name)}`,
    )
    if (rows[0]?.count !== "0") filled.push(`${name} (${rows[0]?.count} rows)`)
  }
  return filled
}
