import type { DrainAck } from "@sluice/protocol/drain"
import { sql } from "drizzle-orm"
import pg from "pg"
import { beforeAll, expect, it } from "vitest"
import type { Database } from "../../platform/database/database.ts"
import { createUuid } from "../../platform/ids.ts"
import { describeEachDatabase } from "../../testing/database.ts"
import { exampleBatch, exampleExchange } from "../../testing/exchange.ts"
import { addTenant } from "../../testing/tenant-store.ts"
import type { Actor } from "../identity/index.ts"
import { createExchangeStore, createIngest } from "../requests/index.ts"
import { createRollupStore } from "./rollup-store.ts"

const now = Date.parse("2026-06-01T12:00:00Z")
const clock = { now: () => now, monotonic: () => now }
const hourMs = 3_600_000

/** More than the 500 that one commit takes of such records. */
const records = 600

/** Longest that a statement may keep everyone else waiting on the embedded database, in milliseconds. */
const longestMs = 200

describeEachDatabase("the records of a shipment that have nothing in common", (open) => {
  let db: Database
  let tenant: Actor
  const epoch = createUuid(now)

  beforeAll(async () => {
    db = await open()
    tenant = await addTenant(db)
  })

  const ingestOn = (on: Pick<Database, "inTransaction">) => {
    const rollups = createRollupStore()
    return createIngest({
      store: createExchangeStore(on, (tx, rows) => rollups.add(tx, rows)),
      priceBook: { reckon: () => ({ costUsd: null, reason: "no_price", priceVersion: null }) },
      clock,
      lastUse: { note: () => {} },
      prepareDay: async () => {},
    })
  }
  const shipment = (count: number, run: string, spreadMs = 0) =>
    exampleBatch(
      epoch,
      Array.from({ length: count }, (_, index) =>
        exampleExchange(
          {
            organization_id: tenant.organization.id,
            project_id: tenant.project.id,
            key_id: createUuid(now),
            epoch,
            finished_at: now - index * spreadMs,
          },
          {
            feature: `feature ${run} ${index}`,
            model_actual: `model ${run} ${index}`,
            task: `task ${run} ${index}`,
            user_id: `user ${run} ${index}`,
            session_id: `session ${run} ${index}`,
          },
        ),
      ),
    )

  it("are stored by statements of which none keeps the others waiting, in commits far inside the deadline", async () => {
    const ingest = ingestOn(db)
    for (const spreadMs of [0, hourMs]) {
      // Of three, since the machine has other work, too.
      const runs: Timed[] = []
      for (let at = 0; at < 3; at += 1) {
        const ear = listen()
        const ack = await ingest.ingest(shipment(records, `${spreadMs} ${at}`, spreadMs)).finally(ear.stop)
        expect(ack).toEqual({ stored: records, duplicates: 0, rejected: [] })
        runs.push(ear.timed())
      }
      expect(Math.min(...runs.map((run) => run.statementMs))).toBeLessThan(longestMs)
      expect(Math.min(...runs.map((run) => run.transactionMs))).toBeLessThan(1000)
    }
  })

  it("are stored by ever smaller commits, when a deadline leaves time for three of them only", async () => {
    const own = createUuid(now)
    const hasty: Pick<Database, "inTransaction"> = {
      inTransaction: (run) =>
        db.inTransaction(async (tx) => {
          const result = await run(tx)
          const { rows } = await tx.execute<{ n: number }>(sql`
            SELECT count(*)::int AS n FROM request_logs WHERE xmin = pg_current_xact_id()::xid`)
          if ((rows[0]?.n ?? 0) > 3) throw Object.assign(new Error("open for too long"), { code: "ECONNRESET" })
          return result
        }),
    }
    const ingest = ingestOn(hasty)
    const batch = shipment(60, own)
    let ack: DrainAck | null = null
    let tries = 0
    for (; ack === null && tries < 100; tries += 1) ack = await ingest.ingest(batch).catch(() => null)
    expect((ack?.stored ?? 0) + (ack?.duplicates ?? 0)).toBe(60)
    const { rows } = await db.system.execute(sql`
      SELECT (SELECT count(*)::int FROM request_logs WHERE feature LIKE ${`feature ${own}%`}) AS requests,
        (SELECT sum(requests)::int FROM dimension_rollups WHERE project_id = ${tenant.project.id} AND dimension = 'user')
          - (SELECT count(*)::int FROM request_logs) AS missing`)
    expect(rows).toEqual([{ requests: 60, missing: 0 }])
  })
})

/** The longest statement and the longest transaction, in milliseconds. */
interface Timed {
  readonly statementMs: number
  readonly transactionMs: number
}

/** Takes the time of what the driver is asked, until `stop`. */
function listen() {
  const { query } = pg.Client.prototype
  let [statementMs, transactionMs, begunAt] = [0, 0, 0]
  pg.Client.prototype.query = async function (this: pg.Client, ...given: unknown[]) {
    const startedAt = performance.now()
    if (given[0] === "BEGIN") begunAt = startedAt
    const result = await (Reflect.apply(query, this, given) as Promise<unknown>)
    const endedAt = performance.now()
    statementMs = Math.max(statementMs, endedAt - startedAt)
    if (given[0] === "COMMIT") transactionMs = Math.max(transactionMs, endedAt - begunAt)
    return result
  } as typeof query
  return {
    stop: () => {
      pg.Client.prototype.query = query
    },
    timed: (): Timed => ({ statementMs, transactionMs }),
  }
}
