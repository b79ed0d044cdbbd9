import { type SQL, sql } from "drizzle-orm"
import type { Database, Transaction } from "../../platform/database/database.ts"
import type { CountRows } from "./counted-row-store.ts"
import type { EpochChange } from "./epoch.ts"
import { type ExchangeRow, exchangeColumns, toRowsText } from "./exchange-row.ts"

/** The identity of a row: an exchange shipped twice is the same row. */
export const rowKey = (row: { readonly id: string; readonly finished_at: string }): string =>
  `${row.id} ${Date.parse(row.finished_at)}`

/** What a commit did: keys of the rows that are new, and of those whose organization or project does not exist. */
export interface StoredRows {
  readonly stored: ReadonlySet<string>
  readonly unknownTenant: ReadonlySet<string>
}

/** Where arriving exchanges are written. */
export interface ExchangeStore {
  /**
   * Stores rows and the accounts they belong to in one transaction; resolves after COMMIT. `account` is told what became
   * of the rows and says what to add to which account.
   */
  commit(
    rows: readonly ExchangeRow[],
    now: number,
    account: (stored: StoredRows) => readonly EpochChange[],
  ): Promise<StoredRows>
  /** True when the database answered that some row can never be stored, rather than that it could not now. */
  isRefusal(error: unknown): boolean
}

/**
 * Stores exchanges, their rows and the account of them in one transaction.
 * @param countRows counts the rows that are new, in the same transaction; null: they stay marked as not counted
 */
export function createExchangeStore(
  db: Pick<Database, "inTransaction">,
  countRows: CountRows | null = null,
): ExchangeStore {
  return {
    async commit(rows, now, account) {
      let confirm = () => {}
      const result = await db.inTransaction(async (tx) => {
        const stored = await insertRows(tx, rows, countRows !== null)
        if (countRows) confirm = await countRows(tx, newRows(rows, stored))
        await updateEpochs(tx, account(stored), now)
        return stored
      })
      confirm()
      return result
    },
    isRefusal,
  }
}

/** Of a record that came twice in one batch, the first is the row. */
function newRows(rows: readonly ExchangeRow[], { stored }: StoredRows): readonly ExchangeRow[] {
  const left = new Set(stored)
  return rows.filter((row) => left.delete(rowKey(row)))
}

/** Rows written by one statement, so that none stops the embedded database for long. */
const statementRows = 500

async function insertRows(tx: Transaction, rows: readonly ExchangeRow[], counted: boolean): Promise<StoredRows> {
  if (rows.length === 0) return { stored: new Set(), unknownTenant: new Set() }
  const tenants = await selectTenants(tx, rows)
  const unknown = rows.filter((row) => !tenants.has(`${row.organization_id} ${row.project_id}`))
  const known = unknown.length === 0 ? rows : rows.filter((row) => !unknown.includes(row))
  const unknownTenant = new Set(unknown.map(rowKey))
  const stored = new Set<string>()
  for (let from = 0; from < known.length; from += statementRows) {
    const some = toRowsText(known.slice(from, from + statementRows))
    const inserted = await tx.execute<{ id: string; finished_at: number }>(insertStatement(some, counted))
    for (const row of inserted.rows) stored.add(`${row.id} ${row.finished_at}`)
  }
  return { stored, unknownTenant }
}

const columnNames = exchangeColumns.map(([name]) => name).join(", ")
const columnTypes = exchangeColumns.map(([name, type]) => `${name} ${type}`).join(", ")

const insertStatement = (rows: string, counted: boolean): SQL => sql`
  INSERT INTO request_logs (${sql.raw(columnNames)}, rolled_up)
  SELECT ${sql.raw(columnNames)}, ${counted} FROM jsonb_to_recordset(${rows}::text::jsonb) AS new (${sql.raw(columnTypes)})
  ON CONFLICT DO NOTHING
  RETURNING id, (extract(epoch FROM finished_at) * 1000)::float8 AS finished_at`

/** Organization and project of the rows, as far as they exist. */
async function selectTenants(tx: Transaction, rows: readonly ExchangeRow[]): Promise<ReadonlySet<string>> {
  const projects = JSON.stringify([...new Set(rows.map((row) => row.project_id))])
  const found = await tx.execute<{ id: string; organization_id: string }>(sql`
    SELECT id, organization_id FROM projects
    WHERE id IN (SELECT value::uuid FROM jsonb_array_elements_text(${projects}::text::jsonb))`)
  return new Set(found.rows.map((row) => `${row.organization_id} ${row.id}`))
}

/**
 * In the order of their ids, so that two processes never wait for each other. A process we only know by its records is
 * entered as begun and last heard in 1970.
 */
async function updateEpochs(tx: Transaction, changes: readonly EpochChange[], now: number): Promise<void> {
  if (changes.length === 0) return
  const time = new Date(now).toISOString()
  const list = changes.map(({ epoch, report, shippedBy, stored, rejected }) => ({
    epoch,
    instance: report?.instance ?? shippedBy,
    started_at: new Date(report?.started_at ?? 0).toISOString(),
    heard: report !== null,
    opened: report?.opened ?? 0,
    received: report?.received ?? 0,
    ceiling: report?.ceiling ?? 0,
    stored,
    rejected,
    dropped: report?.dropped ?? {},
    spooled: report?.spooled ?? {},
    snapshot_version: report?.snapshot_version ?? null,
    ended: report?.final ?? false,
  }))
  await tx.execute(sql`
    INSERT INTO gateway_epochs AS old (epoch, instance, started_at, last_heard_at, opened, received, ceiling, stored,
      rejected, dropped, spooled, snapshot_version, state)
    SELECT epoch, instance, started_at, CASE WHEN heard THEN ${time}::timestamptz ELSE started_at END, opened, received,
      ceiling, stored, rejected, dropped, spooled, snapshot_version,
      CASE WHEN ended THEN 'ended' WHEN heard THEN 'live' ELSE 'lost' END
    FROM jsonb_to_recordset(${JSON.stringify(list)}::text::jsonb) AS new (epoch uuid, instance text,
      started_at timestamptz, heard boolean, opened bigint, received bigint, ceiling bigint, stored bigint,
      rejected bigint, dropped jsonb, spooled jsonb, snapshot_version text, ended boolean)
    ORDER BY epoch
    ON CONFLICT (epoch) DO UPDATE SET ${mergeEpoch}`)
  await claimSpool(tx, changes)
}

/** A row that only ships for another carries a state of `lost` and no figures but `stored` and `rejected`. */
const mergeEpoch = sql`
  instance = CASE WHEN excluded.state = 'lost' THEN old.instance ELSE excluded.instance END,
  started_at = CASE WHEN excluded.state = 'lost' THEN old.started_at ELSE excluded.started_at END,
  last_heard_at = CASE WHEN excluded.state = 'lost' THEN old.last_heard_at
    ELSE greatest(old.last_heard_at, excluded.last_heard_at) END,
  opened = greatest(old.opened, excluded.opened),
  received = greatest(old.received, excluded.received),
  ceiling = greatest(old.ceiling, excluded.ceiling),
  stored = old.stored + excluded.stored,
  rejected = old.rejected + excluded.rejected,
  dropped = coalesce((SELECT jsonb_object_agg(key, most) FROM (
    SELECT key, max(value::bigint) AS most FROM (
      SELECT * FROM jsonb_each_text(old.dropped) UNION ALL SELECT * FROM jsonb_each_text(excluded.dropped)
    ) AS told GROUP BY key) AS merged), '{}'),
  spooled = CASE WHEN excluded.state = 'lost' OR excluded.received < old.received THEN old.spooled
    ELSE excluded.spooled END,
  snapshot_version = coalesce(excluded.snapshot_version, old.snapshot_version),
  state = CASE WHEN excluded.state = 'ended' OR old.state = 'ended' THEN 'ended'
    WHEN excluded.state = 'live' THEN 'live' ELSE old.state END`

/** Spool files have one owner: what a process reports of another's leaves the accounts of those who had them before. */
async function claimSpool(tx: Transaction, changes: readonly EpochChange[]): Promise<void> {
  for (const { epoch, report } of changes) {
    const claimed = Object.keys(report?.spooled ?? {}).filter((owned) => owned !== epoch)
    if (claimed.length === 0) continue
    const list = JSON.stringify(claimed)
    await tx.execute(sql`
      UPDATE gateway_epochs SET spooled = spooled - (
        SELECT array_agg(value) FROM jsonb_array_elements_text(${list}::text::jsonb))
      WHERE epoch <> ${epoch} AND spooled ?| (
        SELECT array_agg(value) FROM jsonb_array_elements_text(${list}::text::jsonb))`)
  }
}

/** SQLSTATE classes 22 (data), 23 (integrity) and 54 (limits, e.g. nesting): the same row would fail again. */
const refusals = /^(?:22|23|54)...$/

function isRefusal(error: unknown): boolean {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth += 1) {
    const { code } = at as { readonly code?: unknown }
    if (typeof code === "string") return refusals.test(code)
  }
  return false
}
