import type { ClientBase } from "pg"

/** One column as it is copied: its type in the words of the target's own catalogue. */
export interface ColumnPlan {
  readonly name: string
  /** As `format_type` gives it, e.g. `numeric(24,12)`. */
  readonly type: string
}

/** Where an identity column's counting stands. */
export interface SequencePlan {
  readonly column: string
  readonly lastValue: string
  readonly isCalled: boolean
}

/** One day's (or any range's) part of a table. The default part is made by the migrations and is not listed. */
export interface PartitionPlan {
  readonly name: string
  /** `FOR VALUES FROM ('…') TO ('…')`, instants in UTC. */
  readonly bounds: string
}

/** One table with everything needed to copy it to a database with the same migrations. */
export interface TablePlan {
  readonly name: string
  /** In the order of their names, whatever the order they were added in; computed columns are left out. */
  readonly columns: readonly ColumnPlan[]
  readonly sequences: readonly SequencePlan[]
  readonly partitions: readonly PartitionPlan[]
}

/**
 * What makes values read the same on every server: sent at the start of each transaction that copies. Instants in UTC,
 * floating point at full precision, bytes in hexadecimal.
 */
export const plainText =
  "SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO, MDY'; SET LOCAL intervalstyle = 'postgres'; " +
  "SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'"

/**
 * Every table of ours, those that others refer to before those that refer to them, with nothing of the migrations' own
 * account. Call it inside a transaction that began with `plainText`.
 * @throws Error when tables refer to each other in a circle
 */
export async function planTables(client: ClientBase): Promise<readonly TablePlan[]> {
  const { rows: columns } = await client.query<ColumnPlan & { table: string }>(columnsQuery)
  const { rows: references } = await client.query<Reference>(referencesQuery)
  const { rows: partitions } = await client.query<PartitionPlan & { table: string }>(partitionsQuery)
  const sequences = await readSequences(client)
  return inOrder([...new Set(columns.map(({ table }) => table))], references).map((name) => ({
    name,
    columns: of(columns, name).map((column) => ({ name: column.name, type: column.type })),
    sequences: of(sequences, name).map(({ column, lastValue, isCalled }) => ({ column, lastValue, isCalled })),
    partitions: of(partitions, name).map((partition) => ({ name: partition.name, bounds: partition.bounds })),
  }))
}

const of = <Row extends { readonly table: string }>(rows: readonly Row[], table: string): readonly Row[] =>
  rows.filter((row) => row.table === table)

/** Left: the table that refers. Right: the one it refers to. */
interface Reference {
  readonly table: string
  readonly target: string
}

/** Sorts names so that every reference points backwards; among equals the alphabet decides. */
export function inOrder(names: readonly string[], references: readonly Reference[]): readonly string[] {
  const placed: string[] = []
  const waiting = new Set([...names].sort())
  while (waiting.size > 0) {
    const next = [...waiting].find((name) =>
      references.every(({ table, target }) => table !== name || table === target || !waiting.has(target)),
    )
    if (next === undefined) throw new Error(`these tables refer to each other in a circle: ${[...waiting].join(", ")}`)
    waiting.delete(next)
    placed.push(next)
  }
  return placed
}

async function readSequences(client: ClientBase): Promise<readonly (SequencePlan & { table: string })[]> {
  const { rows } = await client.query<{ table: string; column: string; sequence: string }>(identitiesQuery)
  const found: (SequencePlan & { table: string })[] = []
  for (const { table, column, sequence } of rows) {
    const { rows: values } = await client.query<{ lastValue: string; isCalled: boolean }>(
      `SELECT last_value::text AS "lastValue", is_called AS "isCalled" FROM ${sequence}`,
    )
    if (values[0]) found.push({ table, column, ...values[0] })
  }
  return found
}

const ownTables = "c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition"

const columnsQuery = `
  SELECT c.relname AS "table", a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
  WHERE ${ownTables} AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
  ORDER BY c.relname COLLATE "C", a.attname COLLATE "C"`

const referencesQuery = `
  SELECT DISTINCT c.relname AS "table", target.relname AS target
  FROM pg_constraint JOIN pg_class c ON c.oid = conrelid JOIN pg_class target ON target.oid = confrelid
  WHERE contype = 'f' AND ${ownTables}`

const partitionsQuery = `
  SELECT c.relname AS "table", child.relname AS name, pg_get_expr(child.relpartbound, child.oid) AS bounds
  FROM pg_inherits JOIN pg_class c ON c.oid = inhparent JOIN pg_class child ON child.oid = inhrelid
  WHERE ${ownTables} AND pg_get_expr(child.relpartbound, child.oid) <> 'DEFAULT'
  ORDER BY child.relname COLLATE "C"`

const identitiesQuery = `
  SELECT c.relname AS "table", a.attname AS "column",
    pg_get_serial_sequence(quote_ident(c.relname), a.attname) AS sequence
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
  WHERE ${ownTables} AND a.attnum > 0 AND NOT a.attisdropped
    AND pg_get_serial_sequence(quote_ident(c.relname), a.attname) IS NOT NULL`
