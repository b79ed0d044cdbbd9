import { toPublicId } from "@sluice/protocol/ids"
import { type SQL, sql } from "drizzle-orm"
import pg from "pg"
import { afterAll, beforeAll, expect, it } from "vitest"
import { createCatalogStore, createCustomModelStore, createCustomModels } from "../domains/catalog/index.ts"
import {
  createBreakdownStore,
  createLatencyTargetStore,
  createSummaryStore,
  createTimeseriesStore,
} from "../domains/insights/index.ts"
import {
  createAcknowledgementStore,
  createEpochStore,
  createFailureStore,
  createRequestStore,
} from "../domains/requests/index.ts"
import { createKnowRoutes, createRouting, createRoutingRuleStore } from "../domains/routing/index.ts"
import type { Database, Transaction } from "../platform/database/database.ts"
import { exemptTables, tenantPrivileges } from "../platform/database/tenancy.ts"
import { describeEachDatabase } from "../testing/database.ts"
import { openTestFigures, type TestFigures } from "../testing/figures.ts"
import type { TestIdentity } from "../testing/identity.ts"
import { createCursors } from "./cursor.ts"
import type { ApiRoutes } from "./route.ts"
import { breakdownRoutes } from "./routes/breakdowns.ts"
import { customModelRoutes } from "./routes/custom-models.ts"
import { latencyTargetRoutes } from "./routes/latency-target.ts"
import { modelRoutes } from "./routes/models.ts"
import { overviewRoutes } from "./routes/overview.ts"
import { pipelineHealthRoutes } from "./routes/pipeline-health.ts"
import { requestRoutes } from "./routes/requests.ts"
import { routingRuleRoutes } from "./routes/routing-rules.ts"
import { timeseriesRoutes } from "./routes/timeseries.ts"

const dayMs = 86_400_000

const noBackups = { everyMs: null, lastBackupAt: null, failure: null, isOverdue: false }

/** Pages that tell nothing of requests. */
const otherPages = [
  ...["me", "api-keys", "credentials", "providers", "models", "models/custom", "pipeline-health"],
  ...["routing-rules", "organization/limits", "organization/latency-target"],
]

/** Tables that no tenant reads: what is asked of them is asked outside the fence. */
const closedTables = Object.keys(exemptTables).filter((table) => !tenantPrivileges[table]?.includes("SELECT"))

/** A statement as the driver was given it. */
interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
}

/** What the driver is asked, between `start` and `take`. */
function listen() {
  const { query } = pg.Client.prototype
  const heard: Statement[] = []
  pg.Client.prototype.query = function (this: pg.Client, ...given: unknown[]) {
    const [config, values] = given as [string | Statement, readonly unknown[] | undefined]
    if (typeof config === "string") heard.push({ text: config, values: values ?? [] })
    else heard.push({ text: config.text, values: values ?? config.values ?? [] })
    return Reflect.apply(query, this, given)
  } as typeof query
  return {
    take: () => heard.splice(0).filter(({ text }) => /^\s*(?:select|with)\b/i.test(text)),
    stop: () => {
      pg.Client.prototype.query = query
    },
  }
}

/** The statement with its parameters where they were. */
const toSql = ({ text, values }: Statement): SQL =>
  sql.join(text.split(/\$(\d+)/).map((part, at) => (at % 2 ? sql`${values[Number(part) - 1]}` : sql.raw(part))))

/** Every route that reads something; what the test identity serves already is not among them. */
function createEveryRoute({ identity, clock, keys }: TestIdentity, db: Database): ApiRoutes[] {
  const cursors = createCursors(keys.cursors)
  const changed = () => identity.hub.wake()
  const timeseries = createTimeseriesStore(db)
  const requests = createRequestStore(db)
  const models = createCustomModels({
    ...identity,
    store: createCustomModelStore(db),
    clock,
    allowPrivateUpstreams: false,
    probeModel: () => Promise.reject(new Error("no model is called in this test")),
    changed,
  })
  const routing = createRouting({
    store: createRoutingRuleStore(db),
    clock,
    random: () => 0,
    changed,
    know: createKnowRoutes({ hub: identity.hub, protocolOf: () => "openai" }),
    reckon: () => ({ costUsd: null, reason: "no_price", priceVersion: null }),
    recentRequests: (place, limit) => requests.listRecorded(place, limit),
  })
  return [
    overviewRoutes({ store: createSummaryStore(db) }),
    timeseriesRoutes({ store: timeseries, clock }),
    breakdownRoutes({ store: createBreakdownStore(db), names: timeseries, cursors, clock }),
    requestRoutes({ store: requests, cursors }),
    customModelRoutes({ models, cursors }),
    modelRoutes({ store: createCatalogStore(db), cursors, clock }),
    routingRuleRoutes({ ...routing, cursors }),
    latencyTargetRoutes({ store: createLatencyTargetStore(db) }),
    pipelineHealthRoutes({
      store: createEpochStore(db),
      acknowledgements: createAcknowledgementStore(db),
      clock,
      listeningSince: 0,
      backups: async () => noBackups,
    }),
  ]
}

describeEachDatabase("what the dashboard asks of the database", (open) => {
  let db: Database
  let figures: TestFigures
  let organization: string
  let project: string
  let requestId: string
  let ear: ReturnType<typeof listen>
  afterAll(() => ear.stop())

  const plan = async (statement: Statement): Promise<string> => {
    const explain = async (tx: Transaction) => {
      // Where an index serves, none of these tables is read whole.
      await tx.execute(sql`SET LOCAL enable_seqscan = off`)
      const { rows } = await tx.execute<{ "QUERY PLAN": string }>(sql`EXPLAIN ${toSql(statement)}`)
      return rows.map((row) => row["QUERY PLAN"]).join("\n")
    }
    const isClosed = closedTables.some((table) => statement.text.includes(`"${table}"`))
    return isClosed ? db.inTransaction(explain) : db.inTenant(organization, explain)
  }
  const plansOf = async (path: string, content?: object): Promise<readonly string[]> => {
    ear.take()
    const { status, body } = content ? await figures.post(path, content) : await figures.get(path)
    expect([path, status, status === 200 ? null : body]).toEqual([path, 200, null])
    const plans: string[] = []
    for (const statement of ear.take()) plans.push(await plan(statement))
    expect(plans.length).toBeGreaterThan(0)
    return plans
  }

  beforeAll(async () => {
    ear = listen()
    db = await open()
    figures = await openTestFigures(db, (opened) => createEveryRoute(opened, db))
    const now = figures.clock.now()
    for (const daysAgo of [0, 1, 2]) {
      const records = await figures.add(
        Array.from({ length: 1500 }, (_, index) => ({
          finished_at: now - daysAgo * dayMs - index * 10_000,
          feature: `f${index % 20}`,
          user_id: `u${index % 50}`,
          status: index % 100 ? 200 : 500,
        })),
      )
      const [record] = records
      if (!record) throw new Error("nothing was stored")
      organization = record.organization_id
      project = record.project_id
      requestId = toPublicId("request", record.id)
    }
    await figures.aggregate()
    await db.system.execute(sql`ANALYZE`)
  })

  it("never touches the requests for a figure, and reads every rollup through its key", async () => {
    const now = figures.clock.now()
    const range = (days: number) =>
      `from=${new Date(now - days * dayMs - 60_000).toISOString()}&to=${new Date(now).toISOString()}`
    const paths = [
      ...["last_24h", "last_7d", "last_30d"].map((period) => `overview?period=${period}`),
      ...["requests", "cost_usd", "latency_ms_p95"].flatMap((metric) => [
        `timeseries?metric=${metric}&${range(2)}`,
        ...["feature", "model", "provider", "key"].map(
          (grouping) => `timeseries?metric=${metric}&${range(2)}&group_by=${grouping}`,
        ),
        `timeseries?metric=${metric}&${range(90)}&model=gpt-4o`,
      ]),
      ...["feature", "model", "provider", "key", "task", "user", "session"].flatMap((dimension) => [
        `breakdowns?dimension=${dimension}&period=last_7d`,
        `breakdowns?dimension=${dimension}&${range(60)}&sort=-cost_usd`,
      ]),
    ]
    for (const path of paths) {
      for (const found of await plansOf(path)) {
        expect(found, path).not.toMatch(/request_logs/)
        expect(found, path).not.toMatch(/Seq Scan on (metric_|dimension_|dashboard_|rollup_)/)
      }
    }
  })

  it("pages through requests in the order of an index, whatever the filter", async () => {
    for (const filter of ["", "feature=f3", "model=gpt-4o", "provider=openai", "status=500", "status=error"]) {
      const [list = "", ...more] = (await plansOf(`requests?limit=50&${filter}`)).filter((found) =>
        found.includes("request_logs"),
      )
      expect(more).toEqual([])
      expect(list, filter).not.toMatch(/Seq Scan on request_logs/)
      expect(list, filter).toMatch(/Index Scan Backward using request_logs_\d+/)
    }
    for (const found of await plansOf(`requests/${requestId}`)) expect(found).not.toMatch(/Seq Scan on request_logs/)
  })

  it("asks nothing of the requests for any other page", async () => {
    for (const path of otherPages) {
      for (const found of await plansOf(path)) expect(found, path).not.toMatch(/request_logs/)
    }
  })

  it("replays rules over as many requests as were asked for, from the end of an index", async () => {
    for (const rule of [null, { match: { feature: "f3" }, action: { model: "gpt-4o-mini" } }]) {
      if (rule) expect((await figures.post("routing-rules", { name: "replayed", ...rule })).status).toBe(201)
      const [read = "", ...more] = (await plansOf("routing-rules/replay", { limit: 100 })).filter((found) =>
        found.includes("request_logs"),
      )
      expect(more).toEqual([])
      expect(read).toMatch(/^Limit/)
      expect(read).toMatch(/Index Scan Backward using request_logs_\d+_organization_id_project_id_id_idx/)
      expect(read).not.toMatch(/Seq Scan on request_logs|-> +Sort /)
    }
  })

  it("finds recent failures in an index that has nothing else in it", async () => {
    ear.take()
    const since = new Date(figures.clock.now() - 7 * dayMs)
    const scope = { organizationId: organization, projectId: project }
    expect(await createFailureStore(db).list(scope, { since, limit: 20 })).toHaveLength(20)
    const [statement] = ear.take()
    const found = statement ? await plan(statement) : ""
    expect(found).not.toMatch(/Seq Scan on request_logs/)
    const { rows } = await db.system.execute<{ name: string }>(sql`
      SELECT indexrelid::regclass::text AS name FROM pg_index
      JOIN pg_inherits ON inhrelid = indexrelid WHERE inhparent = 'request_logs_failures'::regclass`)
    const used = rows.filter(({ name }) => found.includes(`Index Scan Backward using ${name} `))
    expect(used.length).toBeGreaterThanOrEqual(3)
  })
})
