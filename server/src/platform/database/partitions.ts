import { sql } from "drizzle-orm"
import type { Database, Queries } from "./database.ts"

/** One day of `request_logs`, or the partition for rows that no day holds. */
export interface Partition {
  readonly name: string
  /** `YYYY-MM-DD`, from midnight to midnight UTC; null for the default partition. */
  readonly dayUtc: string | null
}

const dayMs = 86_400_000

/** Held while partitions change, so that several processes may care for them. Any number that nothing else locks. */
const partitionLock = 7_583_210_462

/**
 * Sees to it that the days from `from` (any instant of the first, UTC) have a partition each. Repeating it does no harm, and
 * several processes may do it at once. Rows that a skewed clock had put into the default partition move to their day. One
 * transaction a day, because making one stops writers to `request_logs` for its duration.
 * @returns the names of those that were made
 */
export async function ensurePartitions(
  database: Pick<Database, "inTransaction">,
  from: Date,
  days: number,
): Promise<readonly string[]> {
  const made: string[] = []
  const firstDay = Math.floor(from.getTime() / dayMs)
  for (let day = firstDay; day < firstDay + days; day += 1) {
    const start = new Date(day * dayMs)
    if (await database.inTransaction((tx) => ensurePartition(tx, start))) made.push(partitionName(start))
  }
  return made
}

/** Every partition of `request_logs`, oldest day first, the default one last. */
export async function listPartitions(queries: Queries): Promise<readonly Partition[]> {
  const { rows } = await queries.execute<{ name: string }>(sql`
    SELECT child.relname AS name
    FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid
    WHERE inhparent = 'request_logs'::regclass
    ORDER BY child.relname`)
  return rows.map(({ name }) => ({ name, dayUtc: readDay(name) })).sort(byDay)
}

/**
 * Drops the partitions of days before the one that `day` (any instant of it, UTC) lies in, with their rows, and deletes
 * rows of such days from the default partition.
 * @returns the names of the dropped ones
 */
export async function dropPartitionsBefore(
  database: Pick<Database, "system" | "inTransaction">,
  day: Date,
): Promise<readonly string[]> {
  const limit = toDay(new Date(Math.floor(day.getTime() / dayMs) * dayMs))
  const dropped: string[] = []
  for (const { name, dayUtc } of await listPartitions(database.system)) {
    if (dayUtc === null || dayUtc >= limit) continue
    await database.inTransaction(async (tx) => {
      await tx.execute(sql`SELECT pg_advisory_xact_lock(${partitionLock})`)
      await tx.execute(sql`DROP TABLE IF EXISTS ${sql.identifier(name)}`)
    })
    dropped.push(name)
  }
  await database.system.execute(sql`DELETE FROM request_logs_default WHERE finished_at < ${`${limit}T00:00:00Z`}`)
  return dropped
}

/**
 * The day's table is made apart and filled before it becomes a partition: PostgreSQL refuses a new partition while the
 * default one holds rows that belong to it. Nobody can add such a row in between, since the default one is locked.
 */
async function ensurePartition(tx: Queries, start: Date): Promise<boolean> {
  await tx.execute(sql`SELECT pg_advisory_xact_lock(${partitionLock})`)
  const name = partitionName(start)
  const { rows } = await tx.execute<{ found: boolean }>(sql`SELECT to_regclass(${name}) IS NOT NULL AS found`)
  if (rows[0]?.found) return false
  const table = sql.identifier(name)
  const from = start.toISOString()
  const to = new Date(start.getTime() + dayMs).toISOString()
  await tx.execute(sql`LOCK TABLE request_logs_default IN ACCESS EXCLUSIVE MODE`)
  await tx.execute(sql`CREATE TABLE ${table} (LIKE request_logs INCLUDING DEFAULTS INCLUDING CONSTRAINTS)`)
  await tx.execute(sql`
    WITH moved AS (DELETE FROM request_logs_default WHERE finished_at >= ${from} AND finished_at < ${to} RETURNING *)
    INSERT INTO ${table} SELECT * FROM moved`)
  const bounds = sql.raw(`FROM ('${from}') TO ('${to}')`)
  await tx.execute(sql`ALTER TABLE request_logs ATTACH PARTITION ${table} FOR VALUES ${bounds}`)
  return true
}

const toDay = (instant: Date) => instant.toISOString().slice(0, 10)
const partitionName = (start: Date) => `request_logs_${toDay(start).replaceAll("-", "")}`

function readDay(name: string): string | null {
  const [, year, month, day] = /^request_logs_(\d{4})(\d\d)(\d\d)$/.exec(name) ?? []
  return year === undefined ? null : `${year}-${month}-${day}`
}

/** `~` sorts after every digit. */
function byDay(a: Partition, b: Partition): number {
  const [first, second] = [a.dayUtc ?? "~", b.dayUtc ?? "~"]
  if (first === second) return 0
  return first < second ? -1 : 1
}
