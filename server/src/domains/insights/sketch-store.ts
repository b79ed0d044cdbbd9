import { type SQL, sql } from "drizzle-orm"
import type { Database, Transaction } from "../../platform/database/database.ts"
import { dayMs } from "./admitted-values.ts"
import { type Series, seriesKey } from "./collect-rollups.ts"
import { seriesColumns } from "./rollup-columns.ts"
import { Sketch } from "./sketch.ts"

/** Any number that no other advisory lock uses. Whoever merges holds it. */
const mergeLock = 7_583_210_471

/** Arrivals merged by one transaction: four sketches each at most, far inside the embedded database's deadline. */
const mergeDeltas = 250

/** Sketches read or written by one statement. */
const statementSketches = 250

/** Durations that arrived go into the sketches of their hour and day. */
export interface SketchStore {
  /**
   * Merges what arrived, some at a time, and marks the summaries of the projects it belongs to; one transaction. Says whether there may
   * be more; null when another process is at it.
   */
  mergeSome(): Promise<{ readonly more: boolean } | null>
}

/** A row of `metric_sketches`, with what is to be added to it. */
interface Addition {
  readonly place: Place
  readonly latency: Sketch
  readonly firstToken: Sketch
}

interface Place extends Series {
  readonly grain: "hour" | "day"
  readonly total: boolean
  readonly bucket: string
}

/** The sketches of one database. One process merges at a time, so that nobody else changes a sketch meanwhile. */
export function createSketchStore(db: Pick<Database, "inTransaction">): SketchStore {
  return {
    mergeSome: () =>
      db.inTransaction(async (tx) => {
        const { rows } = await tx.execute<{ held: boolean }>(
          sql`SELECT pg_try_advisory_xact_lock(${mergeLock}) AS held`,
        )
        if (!rows[0]?.held) return null
        const deltas = await takeDeltas(tx)
        const additions = toAdditions(deltas)
        for (let from = 0; from < additions.length; from += statementSketches) {
          const part = additions.slice(from, from + statementSketches)
          await readHeld(tx, part)
          await tx.execute(write(part))
        }
        await markChanged(tx, deltas)
        return { more: deltas.length === mergeDeltas }
      }),
  }
}

async function markChanged(tx: Transaction, deltas: readonly Delta[]): Promise<void> {
  if (deltas.length === 0) return
  const projects = JSON.stringify([...new Set(deltas.map(({ project_id }) => project_id))])
  await tx.execute(sql`
    UPDATE dashboard_summaries SET changes = changes + 1
    WHERE project_id IN (SELECT value::uuid FROM jsonb_array_elements_text(${projects}::text::jsonb))`)
}

interface Delta extends Series, Record<string, unknown> {
  readonly bucket: number
  readonly latency: readonly number[]
  readonly first_token: readonly number[]
}

const columns = seriesColumns.join(", ")

async function takeDeltas(tx: Transaction): Promise<readonly Delta[]> {
  const { rows } = await tx.execute<Delta>(sql`
    DELETE FROM metric_sketch_deltas
    WHERE id IN (SELECT id FROM metric_sketch_deltas ORDER BY id LIMIT ${mergeDeltas})
    RETURNING organization_id, project_id, (extract(epoch FROM bucket) * 1000)::float8 AS bucket, ${sql.raw(columns)},
      array_to_json(latency) AS latency, array_to_json(first_token) AS first_token`)
  return rows
}

const noSeries = {
  feature: "",
  feature_other: false,
  model: "",
  model_other: false,
  provider: "",
  key_id: "00000000-0000-0000-0000-000000000000",
}

/** Each delta belongs to its series and to all series together, by the hour and by the day. */
function toAdditions(deltas: readonly Delta[]): readonly Addition[] {
  const additions = new Map<string, Addition>()
  for (const { bucket, latency, first_token, ...series } of deltas) {
    if (latency.length === 0) continue
    for (const grain of ["hour", "day"] as const) {
      for (const total of [true, false]) {
        const start = grain === "hour" ? bucket : bucket - (bucket % dayMs)
        const place = { ...series, ...(total && noSeries), grain, total, bucket: new Date(start).toISOString() }
        const key = `${place.project_id} ${grain} ${total} ${start} ${seriesKey(place)}`
        const addition = additions.get(key) ?? { place, latency: new Sketch(), firstToken: new Sketch() }
        additions.set(key, addition)
        addition.latency.merge(latency)
        addition.firstToken.merge(first_token)
      }
    }
  }
  return [...additions.values()]
}

const placeTypes =
  "organization_id uuid, project_id uuid, grain text, total boolean, bucket timestamptz, feature text, " +
  "feature_other boolean, model text, model_other boolean, provider text, key_id uuid"
const placeColumns = `organization_id, project_id, grain, total, bucket, ${columns}`

/** Adds what the database holds already. */
async function readHeld(tx: Transaction, additions: readonly Addition[]): Promise<void> {
  const list = JSON.stringify(additions.map(({ place }, at) => ({ ...place, at })))
  const { rows } = await tx.execute<{ at: number; latency: number[]; first_token: number[] }>(sql`
    SELECT new.at, array_to_json(latency) AS latency, array_to_json(first_token) AS first_token
    FROM jsonb_to_recordset(${list}::text::jsonb) AS new (${sql.raw(placeTypes)}, at int)
    JOIN metric_sketches USING (${sql.raw(placeColumns)})`)
  for (const { at, latency, first_token } of rows) {
    additions[at]?.latency.merge(latency)
    additions[at]?.firstToken.merge(first_token)
  }
}

function write(additions: readonly Addition[]): SQL {
  const list = additions.map(({ place, latency, firstToken }) => ({
    ...place,
    latency: latency.toBins(),
    first_token: firstToken.toBins(),
  }))
  return sql`
    INSERT INTO metric_sketches (${sql.raw(placeColumns)}, latency, first_token)
    SELECT ${sql.raw(placeColumns)}, latency, first_token
    FROM jsonb_to_recordset(${JSON.stringify(list)}::text::jsonb)
      AS new (${sql.raw(placeTypes)}, latency bigint[], first_token bigint[])
    ON CONFLICT (${sql.raw(placeColumns)}) DO UPDATE
    SET latency = excluded.latency, first_token = excluded.first_token`
}
