import type { DrainAck } from "@sluice/protocol/drain"
import type { ExchangeRecord } from "@sluice/protocol/exchange-record"
import { sql } from "drizzle-orm"
import fc from "fast-check"
import { beforeAll, expect, it } from "vitest"
import type { Database } from "../../platform/database/database.ts"
import { createUuid } from "../../platform/ids.ts"
import { describeEachDatabase } from "../../testing/database.ts"
import { exampleBatch, exampleExchange, exampleUsage } from "../../testing/exchange.ts"
import { createCatalogStore, createPriceBook, importPrices, type PriceBook } from "../catalog/index.ts"
import {
  type CommitLimits,
  countUncounted,
  createExchangeStore,
  createFailureStore,
  createIngest,
  createPartitionStore,
  createRepricing,
  createUncountedStore,
  createUnpricedStore,
  type Ingest,
} from "../requests/index.ts"
import { valueLimits } from "./admitted-values.ts"
import { aggregate } from "./aggregate.ts"
import { foundCost } from "./collect-rollups.ts"
import { dimensionCounts, dimensionSums, metricCounts, metricSums } from "./rollup-columns.ts"
import { createRollupStore, type RollupStore } from "./rollup-store.ts"
import { Sketch } from "./sketch.ts"
import { createSketchStore } from "./sketch-store.ts"
import type { Summary } from "./summary.ts"
import { createSummaryStore } from "./summary-store.ts"

const now = Date.parse("2026-06-01T12:00:00Z")
const clock = { now: () => now, monotonic: () => now }

interface Tenant {
  readonly organization: string
  readonly project: string
}

/** What a test lets vary of an exchange. */
const values = fc.record({
  finished_at: fc.integer({ min: now - 3 * 86_400_000, max: now }),
  feature: fc.constantFrom(null, "search", "chat", "other"),
  task: fc.constantFrom(null, "classification"),
  user_id: fc.constantFrom(null, "ann", "bob"),
  model_actual: fc.constantFrom("gpt-4o", "gpt-4o-mini", "unheard-of"),
  provider: fc.constantFrom("openai", "groq"),
  status: fc.constantFrom(200, 200, 200, 429, 503),
  error_category: fc.constantFrom(null, null, null, "rate_limit" as const),
  streaming: fc.boolean(),
  latency_ms: fc.double({ min: 0, max: 100_000, noNaN: true }),
  time_to_first_token_ms: fc.option(fc.double({ min: 0.01, max: 10_000, noNaN: true }), { nil: null }),
  usage: fc.record({
    input: fc.option(fc.integer({ min: 0, max: 100_000 }), { nil: null }),
    output: fc.option(fc.integer({ min: 0, max: 10_000 }), { nil: null }),
    cache_read: fc.option(fc.integer({ min: 0, max: 50 }), { nil: null }),
  }),
})

describeEachDatabase("rollups", (open) => {
  let db: Database
  let ingests: readonly Ingest[]
  let rollups: RollupStore
  let priceBook: PriceBook
  const epoch = createUuid(now)
  const key = createUuid(now)

  const exchange = (tenant: Tenant, own: Partial<ExchangeRecord> = {}) =>
    exampleExchange(
      {
        organization_id: tenant.organization,
        project_id: tenant.project,
        key_id: key,
        epoch,
        finished_at: own.finished_at ?? now,
      },
      own,
    )
  const makeIngest = (own: RollupStore, on: Pick<Database, "inTransaction"> = db, limits?: CommitLimits) =>
    createIngest({
      store: createExchangeStore(on, (tx, rows) => own.add(tx, rows)),
      priceBook,
      clock,
      lastUse: { note: () => {} },
      prepareDay: (day) => createPartitionStore(db).ensure(day, 1),
      ...(limits && { limits }),
    })
  const send = (index: number, records: readonly ExchangeRecord[]) =>
    ingests[index % ingests.length]?.ingest(exampleBatch(epoch, records))

  beforeAll(async () => {
    db = await open()
    const catalog = createCatalogStore(db)
    priceBook = createPriceBook({ load: () => catalog.load(), clock })
    rollups = createRollupStore()
    // Two control processes on one database.
    ingests = [makeIngest(rollups), makeIngest(createRollupStore())]
  })

  const repricing = () =>
    createRepricing({
      store: createUnpricedStore(db, (tx, rows) => rollups.add(tx, rows, foundCost)),
      priceBook,
      clock,
    })

  it("come to the same as the rows, in every grain and dimension, through two processes, repeats and new prices", async () => {
    const tenants: Tenant[] = []
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(values, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 6 }),
        async (batches) => {
          const tenant = await addTenant(db)
          tenants.push(tenant)
          const made = batches.map((batch) =>
            batch.map((own) => exchange(tenant, { ...own, usage: { ...exampleUsage, ...own.usage } })),
          )
          const repeated = made.flatMap((batch, index) => [batch, [...batch, ...(made[index - 1] ?? [])]])
          await Promise.all(repeated.map((batch, index) => send(index, batch)))
          await expectSame(db, tenant)
        },
      ),
      { numRuns: 12 },
    )
    await importPrices({ store: createCatalogStore(db), clock, announce: async () => {} })
    await priceBook.refresh()
    const found = repricing()
    const [tenant = await addTenant(db)] = tenants
    const late = Array.from({ length: 40 }, () => exchange(tenant))
    const [priced] = await Promise.all([found.run(), send(0, late), send(1, late)])
    expect(priced).toBeGreaterThan(0)
    const summaries = createSummaryStore(db)
    const failures = createFailureStore(db)
    const sketches = createSketchStore(db)
    const reckoned = await aggregate({ summaries, failures, sketches, hasUncounted: async () => false, clock })
    expect(reckoned).toBe(3 * tenants.length)
    for (const one of tenants) {
      await expectSame(db, one)
      await expectSummed(db, one, await summaries.find(scopeOf(one), "last_7d"))
    }
  })

  it("come to the same through commits that fail before or after their end, and smaller ones after those", async () => {
    const faults = fc.array(fc.constantFrom("none", "none", "before", "after"), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(fc.array(values, { minLength: 1, maxLength: 30 }), faults, async (batch, plan) => {
        const tenant = await addTenant(db)
        const own = createRollupStore()
        const ingest = makeIngest(own, failing(db, plan), { records: 8, figures: 10, hours: 4 })
        const records = batch.map((one) => exchange(tenant, { ...one, usage: { ...exampleUsage, ...one.usage } }))
        let ack: DrainAck | null = null
        for (let tries = 0; ack === null && tries <= plan.length; tries += 1) {
          ack = await ingest.ingest(exampleBatch(epoch, records)).catch(() => null)
        }
        expect((ack?.stored ?? 0) + (ack?.duplicates ?? 0)).toBe(records.length)
        const { rows } = await db.system.execute(
          sql`SELECT count(*)::int AS n FROM request_logs WHERE project_id = ${tenant.project}`,
        )
        expect(rows).toEqual([{ n: records.length }])
        await expectSame(db, tenant)
      }),
      { numRuns: 12 },
    )
  })

  it("hold percentiles within one percent of the exact ones, by hour, day and altogether", async () => {
    const tenant = await addTenant(db)
    const latencies = Array.from({ length: 500 }, (_, index) => 1.01 ** (index % 300) + index / 7)
    const records = latencies.map((latency_ms, index) =>
      exchange(tenant, {
        latency_ms,
        time_to_first_token_ms: index % 3 ? latency_ms / 3 : null,
        finished_at: now - (index % 5) * 3_600_000,
        feature: index % 2 ? "search" : "chat",
      }),
    )
    await Promise.all([0, 100, 200, 300, 400].map((from, index) => send(index, records.slice(from, from + 100))))
    const store = createSketchStore(db)
    for (let merged = await store.mergeSome(); merged?.more; merged = await store.mergeSome());
    const sorted = latencies.toSorted((a, b) => a - b)
    for (const [grain, total] of [
      ["hour", true],
      ["hour", false],
      ["day", true],
      ["day", false],
    ]) {
      const { rows } = await db.system.execute<{ latency: number[]; first: number[] }>(sql`
        SELECT array_to_json(latency) AS latency, array_to_json(first_token) AS first FROM metric_sketches
        WHERE project_id = ${tenant.project} AND grain = ${grain} AND total = ${total}`)
      const sketch = Sketch.of(...rows.map((row) => row.latency))
      expect(sketch.count).toBe(500)
      expect(Sketch.of(...rows.map((row) => row.first)).count).toBe(333)
      for (const quantile of [0.5, 0.95, 0.99]) {
        const exact = sorted[Math.floor(quantile * 499)] ?? 0
        expect(Math.abs((sketch.quantiles([quantile])[0] ?? 0) - exact)).toBeLessThanOrEqual(exact * 0.01)
      }
    }
  })

  it("count a bounded number of values apart, the same ones through two processes, and the rest as others", async () => {
    const tenant = await addTenant(db)
    const batches = Array.from({ length: 6 }, (_, batch) =>
      Array.from({ length: 250 }, (_unused, index) =>
        exchange(tenant, { feature: `f${(batch * 200 + index) % 1150}`, session_id: `s${batch}-${index}` }),
      ),
    )
    await Promise.all(batches.map((batch, index) => send(index, batch)))
    await Promise.all(
      batches.map((batch, index) =>
        send(
          index + 1,
          batch.map((one) => ({ ...one, id: createUuid(now) })),
        ),
      ),
    )
    await expectSame(db, tenant)
    const { rows } = await db.system.execute(sql`
      SELECT count(DISTINCT feature) FILTER (WHERE NOT feature_other)::int AS features, bool_or(feature_other) AS other
      FROM metric_rollups WHERE project_id = ${tenant.project} AND grain = 'day'`)
    expect(rows).toEqual([{ features: valueLimits.feature, other: true }])
    const sessions = await db.system.execute(sql`
      SELECT count(*) FILTER (WHERE NOT other)::int AS sessions, count(*) FILTER (WHERE other)::int AS others
      FROM dimension_rollups WHERE project_id = ${tenant.project} AND dimension = 'session'`)
    expect(sessions.rows).toEqual([{ sessions: valueLimits.session, others: 1 }])
  })

  it("take in what an older version stored, once, in steps that may be interrupted and shared", async () => {
    const tenant = await addTenant(db)
    const old = createIngest({
      store: createExchangeStore(db),
      priceBook,
      clock,
      lastUse: { note: () => {} },
      prepareDay: async () => {},
    })
    const records = Array.from({ length: 1300 }, (_, index) => exchange(tenant, { finished_at: now - index * 1000 }))
    await old.ingest(exampleBatch(epoch, records))
    await send(0, records)
    const store = createUncountedStore(db, (tx, rows) => rollups.add(tx, rows))
    expect(await store.hasAny()).toBe(true)
    const failing = createUncountedStore(db, () => Promise.reject(new Error("broken off")))
    await expect(failing.countSome(100)).rejects.toThrow("broken off")
    expect(await store.countSome(100)).toBe(100)
    const shared = await Promise.all([countUncounted(store), countUncounted(store)])
    expect(shared[0] + shared[1]).toBe(1200)
    expect(await store.hasAny()).toBe(false)
    await expectSame(db, tenant)
  })
})

/** A connection that breaks, commit by commit, before COMMIT or before its answer. */
function failing(db: Database, plan: readonly string[]): Pick<Database, "inTransaction"> {
  let commit = -1
  const lost = () => Object.assign(new Error("the connection ended"), { code: "ECONNRESET" })
  return {
    async inTransaction(run) {
      commit += 1
      const fault = plan[commit]
      const result = await db.inTransaction(async (tx) => {
        const done = await run(tx)
        if (fault === "before") throw lost()
        return done
      })
      if (fault === "after") throw lost()
      return result
    },
  }
}

/** Holds every grain and dimension against the rows. */
async function expectSame(db: Database, { project }: Tenant): Promise<void> {
  const grouped = sql.raw([...metricCounts, ...metricSums].map((name) => `sum(${name})::text AS ${name}`).join(", "))
  const read = async (table: string, columns: typeof grouped, rest: typeof grouped) => {
    const { rows } = await db.system.execute<Record<string, string | null>>(
      sql`SELECT ${columns} FROM ${sql.raw(table)} WHERE project_id = ${project} ${rest}`,
    )
    return trimmed(rows[0] ?? {})
  }
  const expected = await read("request_logs", fromRows, sql``)
  for (const grain of ["minute", "hour", "day"]) {
    expect({ grain, ...(await read("metric_rollups", grouped, sql`AND grain = ${grain}`)) }).toEqual({
      grain,
      ...expected,
    })
  }
  const names = [...dimensionCounts, ...dimensionSums]
  const unknown = ["cost_no_price", "cost_no_usage", "cost_no_provider"].map((name) => Number(expected[name]))
  const told: typeof expected = { ...expected, cost_unknown: String(unknown.reduce((a, b) => a + b, 0)) }
  const some = sql.raw(names.map((name) => `sum(${name})::text AS ${name}`).join(", "))
  for (const dimension of ["task", "user", "session"]) {
    const found = await read("dimension_rollups", some, sql`AND dimension = ${dimension}`)
    expect({ dimension, ...found }).toEqual({
      dimension,
      ...Object.fromEntries(names.map((name) => [name, told[name]])),
    })
  }
}

const scopeOf = ({ organization, project }: Tenant) => ({ organization_id: organization, project_id: project })

/** Holds a summary of all that a project has against the rows, altogether and by what it lists. */
async function expectSummed(db: Database, { project }: Tenant, summary: Summary | null): Promise<void> {
  const { rows } = await db.system.execute<Record<string, string | null>>(sql`
    SELECT count(*)::text AS requests, count(*) FILTER (WHERE ${sql.raw(failed)})::text AS errors,
      sum(cost_usd)::text AS cost, sum(input_tokens)::text AS input, sum(output_tokens)::text AS output,
      count(cost_unknown_reason)::text AS unknown
    FROM request_logs WHERE project_id = ${project}`)
  const { requests, errors, cost, input, output, unknown } = trimmed(rows[0] ?? {})
  const asNumber = (text: string | null | undefined) => (text ? Number(text) : null)
  expect(summary?.current).toMatchObject({
    requests: Number(requests),
    errors: Number(errors),
    cost: { usd: cost, unknown_requests: Number(unknown) },
    tokens: { input: asNumber(input), output: asNumber(output) },
  })
  for (const list of [summary?.top_features, summary?.top_models, summary?.top_providers]) {
    expect(list?.reduce((sum, item) => sum + item.requests, 0)).toBe(Number(requests))
    expect(list?.reduce((sum, item) => sum + item.errors, 0)).toBe(Number(errors))
  }
}

const trimmed = (row: Readonly<Record<string, string | null>>) =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, value?.includes(".") ? value.replace(/\.?0+$/, "") : value]),
  )

const failed = "(status >= 400 OR error_category IS NOT NULL)"

/** The same figures from the rows themselves, told again in SQL. */
const fromRows = sql.raw(
  [
    ["requests", "count(*)"],
    ["errors", `count(*) FILTER (WHERE ${failed})`],
    ...metricCounts
      .filter((name) => name.startsWith("errors_"))
      .map((name) => [name, `count(*) FILTER (WHERE error_category = '${name.slice(7)}')`]),
    ["streaming", "count(*) FILTER (WHERE streaming)"],
    ["rule_routed", "count(rule_id)"],
    ["provider_unknown", "count(*) FILTER (WHERE provider_unknown)"],
    ["drifted", "count(*) FILTER (WHERE model_actual <> model_requested AND rule_id IS NULL)"],
    ["usage_unknown", "count(*) FILTER (WHERE usage_source = 'none')"],
    ["usage_estimated", "count(*) FILTER (WHERE usage_source IN ('measured', 'estimated'))"],
    ...["no_price", "no_usage", "no_provider"].map((reason) => [
      `cost_${reason}`,
      `count(*) FILTER (WHERE cost_unknown_reason = '${reason}')`,
    ]),
    ["first_tokens", "count(time_to_first_token_ms)"],
    ["input_tokens", "sum(input_tokens)"],
    ["output_tokens", "sum(output_tokens)"],
    ["cache_read_tokens", "sum(cache_read_tokens)"],
    [
      "cache_write_tokens",
      "sum(coalesce(cache_write_5m_tokens + cache_write_1h_tokens, cache_write_5m_tokens, cache_write_1h_tokens))",
    ],
    ["reasoning_tokens", "sum(reasoning_tokens)"],
    ["cache_told_tokens", "sum(coalesce(input_tokens, 0)) FILTER (WHERE cache_read_tokens IS NOT NULL)"],
    ["cost_usd", "sum(cost_usd)"],
    ["latency_us", "sum(floor(latency_ms * 1000 + 0.5)::numeric)"],
    ["first_token_us", "sum(floor(time_to_first_token_ms * 1000 + 0.5)::numeric)"],
  ]
    .map(([name, value]) => `(${value})::text AS ${name}`)
    .join(", "),
)

async function addTenant(db: Database): Promise<Tenant> {
  const [organization, workspace, project] = [createUuid(now), createUuid(now), createUuid(now)]
  await db.system.execute(
    sql`INSERT INTO organizations (id, name, slug) VALUES (${organization}, 'One', ${organization})`,
  )
  await db.system.execute(
    sql`INSERT INTO workspaces (id, organization_id, name) VALUES (${workspace}, ${organization}, 'One')`,
  )
  await db.system.execute(sql`
    INSERT INTO projects (id, organization_id, workspace_id, name)
    VALUES (${project}, ${organization}, ${workspace}, 'Default')`)
  return { organization, project }
}
