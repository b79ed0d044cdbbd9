import { type SQL, sql } from "drizzle-orm"
import type { Transaction } from "../../platform/database/database.ts"
import { type CountedRow, countedColumns } from "./counted-row.ts"
import { exchangeColumns } from "./exchange-row.ts"

/**
 * Told of rows inside the transaction that stores or changes them, so that what is stored and what is counted cannot differ.
 * What it gives back is called after COMMIT.
 */
export type CountRows = (tx: Transaction, rows: readonly CountedRow[]) => Promise<() => void>

const types = new Map<string, string>(exchangeColumns)

/** What `SELECT` or `RETURNING` names to get rows for `toCountedRow`. */
export function countedSelection(table: string): SQL {
  const columns = countedColumns.map((name) => {
    if (name === "finished_at") return `(extract(epoch FROM ${table}.finished_at) * 1000)::float8 AS finished_at`
    return types.get(name) === "bigint" ? `${table}.${name}::float8 AS ${name}` : `${table}.${name}`
  })
  return sql.raw(columns.join(", "))
}

/** A row as the selection gives it. */
export type SelectedRow = Omit<CountedRow, "finished_at"> & { readonly finished_at: number } & Record<string, unknown>

/** The row as ingest has it. */
export const toCountedRow = (row: SelectedRow): CountedRow => ({
  ...row,
  finished_at: new Date(row.finished_at).toISOString(),
})
