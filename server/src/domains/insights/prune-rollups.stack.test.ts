import { type SQL, sql } from "drizzle-orm"
import { beforeAll, expect, it } from "vitest"
import type { Database } from "../../platform/database/database.ts"
import { describeEachDatabase } from "../../testing/database.ts"
import { openTestFigures, type TestFigures } from "../../testing/figures.ts"
import { keepHoursMs, keepValuesMs, pruneRollups } from "./prune-rollups.ts"
import { createPruneStore } from "./prune-store.ts"
import { keepMinutesMs } from "./span.ts"

describeEachDatabase("pruning rollups", (open) => {
  let db: Database
  let figures: TestFigures
  const count = async (table: SQL, condition: SQL) => {
    const { rows } = await db.system.execute<{ n: number }>(
      sql`SELECT count(*)::int AS n FROM ${table} WHERE ${condition}`,
    )
    return rows[0]?.n
  }
  const counts = async () => ({
    minutes: await count(sql`metric_rollups`, sql`grain = 'minute'`),
    hours: await count(sql`metric_rollups`, sql`grain = 'hour'`),
    days: await count(sql`metric_rollups`, sql`grain = 'day'`),
    hourSketches: await count(sql`metric_sketches`, sql`grain = 'hour'`),
    daySketches: await count(sql`metric_sketches`, sql`grain = 'day'`),
    users: await count(sql`dimension_rollups`, sql`dimension = 'user'`),
    values: await count(sql`rollup_values`, sql`true`),
  })
  const prune = () => pruneRollups({ store: createPruneStore(db), clock: figures.clock })

  beforeAll(async () => {
    db = await open()
    figures = await openTestFigures(db, () => [])
    // More than one statement's worth of minutes.
    await figures.add(
      Array.from({ length: 2100 }, (_, index) => ({ finished_at: figures.clock.now() - index * 60_000 })),
    )
    await figures.aggregate()
  })

  it("forgets nothing that is not past its time", async () => {
    const before = await counts()
    await prune()
    expect(await counts()).toEqual(before)
    expect(before).toMatchObject({ minutes: 2100, days: 2 })
  })

  it("forgets minutes first, then values, then hours, and no day", async () => {
    const before = await counts()
    figures.clock.move(keepMinutesMs + 36 * 3_600_000)
    await prune()
    expect(await counts()).toEqual({ ...before, minutes: 0 })
    figures.clock.move(keepValuesMs)
    await prune()
    expect(await counts()).toEqual({ ...before, minutes: 0, values: 0 })
    figures.clock.move(keepHoursMs)
    await prune()
    expect(await counts()).toEqual({ ...before, minutes: 0, values: 0, hours: 0, hourSketches: 0, users: 0 })
  })
})
