import { type SQL, sql } from "drizzle-orm"
import pg from "pg"
import { afterAll, beforeAll, expect, it } from "vitest"
import type { Database } from "../../platform/database/database.ts"
import { createUuid } from "../../platform/ids.ts"
import { describeEachDatabase } from "../../testing/database.ts"
import { createFailureStore } from "./failure-store.ts"
import { createPartitionStore } from "./partition-store.ts"
import { createRequestStore } from "./request-store.ts"

const now = Date.parse("2026-06-01T12:00:00Z")
const dayMs = 86_400_000

/** Rows of the other tenant, over three days, and of the one who asks. */
const [neighbourRows, ownRows] = [200_000, 60]

interface Scope {
  readonly organizationId: string
  readonly projectId: string
}

interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
}

/** A node of `EXPLAIN (ANALYZE, FORMAT JSON)`, as far as it is looked at. */
interface PlanNode {
  readonly "Relation Name"?: string
  readonly "Actual Rows": number
  readonly "Actual Loops": number
  readonly "Rows Removed by Filter"?: number
  readonly "Rows Removed by Index Recheck"?: number
  readonly Plans?: readonly PlanNode[]
}

describeEachDatabase("a small tenant beside one with 200,000 requests", (open) => {
  let db: Database
  let own: Scope
  let ownId: string
  const heard: Statement[] = []
  const { query } = pg.Client.prototype
  afterAll(() => {
    pg.Client.prototype.query = query
  })

  beforeAll(async () => {
    db = await open()
    await createPartitionStore(db).ensure(new Date(now - 2 * dayMs), 3)
    own = await addTenant(db)
    const neighbour = await addTenant(db)
    for (let from = 0; from < neighbourRows; from += 20_000) {
      await db.system.execute(insertRows(neighbour, { from, count: 20_000, of: neighbourRows }))
    }
    await db.system.execute(insertRows(own, { from: 0, count: ownRows, of: ownRows }))
    await db.system.execute(sql`ANALYZE`)
    ownId = (await createRequestStore(db).list(own, anything)).items[0]?.id ?? ""
    pg.Client.prototype.query = function (this: pg.Client, ...given: unknown[]) {
      const [config, values] = given as [string | Statement, readonly unknown[] | undefined]
      if (typeof config !== "string") heard.push({ text: config.text, values: values ?? config.values ?? [] })
      return Reflect.apply(query, this, given)
    } as typeof query
  }, 240_000)

  /** Rows of `request_logs` that a statement looked at, as the planner itself chose. */
  const looked = async ({ text, values }: Statement): Promise<number> => {
    const parts = text.split(/\$(\d+)/)
    const statement = sql.join(parts.map((part, at) => (at % 2 ? sql`${values[Number(part) - 1]}` : sql.raw(part))))
    const { rows } = await db.inTenant(own.organizationId, (tx) =>
      tx.execute<{ "QUERY PLAN": readonly { readonly Plan: PlanNode }[] }>(
        sql`EXPLAIN (ANALYZE, FORMAT JSON) ${statement}`,
      ),
    )
    return countLooked(rows[0]?.["QUERY PLAN"][0]?.Plan)
  }

  it.each([
    ["the list", (store: Stores) => store.requests.list(own, anything)],
    ["its next page", (store: Stores) => store.requests.list(own, { ...anything, after: ownId })],
    ["a feature only the other has", (store: Stores) => store.requests.list(own, { ...anything, feature: "f7" })],
    ["a model nobody has", (store: Stores) => store.requests.list(own, { ...anything, model: "none" })],
    ["failures", (store: Stores) => store.requests.list(own, { ...anything, status: "error" })],
    ["one provider", (store: Stores) => store.requests.list(own, { ...anything, provider: "groq" })],
    ["one request", (store: Stores) => store.requests.find(own, ownId)],
    ["one that is not there", (store: Stores) => store.requests.find(own, createUuid(now - 1000))],
    ["what a replay takes", (store: Stores) => store.requests.listRecorded(own, 1000)],
    [
      "the newest failures",
      (store: Stores) => store.failures.list(own, { since: new Date(now - 7 * dayMs), limit: 20 }),
    ],
  ])("is answered without a look at the other's rows: %s", async (_name, ask) => {
    heard.length = 0
    await ask({ requests: createRequestStore(db), failures: createFailureStore(db) })
    const statements = heard.splice(0).filter(({ text }) => text.includes("request_logs"))
    expect(statements.length).toBeGreaterThan(0)
    for (const statement of statements) {
      expect(await looked(statement), statement.text).toBeLessThanOrEqual(ownRows)
    }
  })
})

interface Stores {
  readonly requests: ReturnType<typeof createRequestStore>
  readonly failures: ReturnType<typeof createFailureStore>
}

const anything = { feature: null, model: null, provider: null, status: null, after: null, limit: 50 }

function countLooked(node: PlanNode | undefined): number {
  if (!node) throw new Error("there is no plan")
  const below = (node.Plans ?? []).reduce((sum, child) => sum + countLooked(child), 0)
  if (!node["Relation Name"]?.startsWith("request_logs")) return below
  const removed = (node["Rows Removed by Filter"] ?? 0) + (node["Rows Removed by Index Recheck"] ?? 0)
  return below + (node["Actual Rows"] + removed) * node["Actual Loops"]
}

async function addTenant(db: Database): Promise<Scope> {
  const [organizationId, workspace, projectId] = [createUuid(now), createUuid(now), createUuid(now)]
  await db.system.execute(
    sql`INSERT INTO organizations (id, name, slug) VALUES (${organizationId}, 'One', ${organizationId})`,
  )
  await db.system.execute(
    sql`INSERT INTO workspaces (id, organization_id, name) VALUES (${workspace}, ${organizationId}, 'One')`,
  )
  await db.system.execute(sql`
    INSERT INTO projects (id, organization_id, workspace_id, name)
    VALUES (${projectId}, ${organizationId}, ${workspace}, 'Default')`)
  return { organizationId, projectId }
}

/** Some of `of` rows that are spread evenly over three days; their ids begin with their time, as real ones do. */
function insertRows({ organizationId, projectId }: Scope, some: { from: number; count: number; of: number }): SQL {
  const first = now - 2 * dayMs
  const stepMs = Math.floor((2 * dayMs) / some.of)
  return sql`
    INSERT INTO request_logs (id, organization_id, project_id, key_id, epoch, seq, environment, started_at, finished_at,
      endpoint, protocol, operation, provider, provider_unknown, model_requested, status, streaming, latency_ms,
      usage_source, feature, attempts, prompt_bytes, completion_bytes, rolled_up)
    SELECT (lpad(to_hex(${first}::bigint + n * ${stepMs}), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8'
        || substr(md5(${projectId} || n), 1, 15))::uuid,
      ${organizationId}, ${projectId}, ${projectId}, ${projectId}, n, 'production', at, at, '/v1/chat/completions', 'openai',
      'chat', 'openai', false, 'gpt-4o', CASE WHEN n % 10 = 0 THEN 500 ELSE 200 END, false, 100, 'none', 'f' || n % 20, 1, 1,
      1, true
    FROM generate_series(${some.from}::int, ${some.from + some.count - 1}::int) AS n,
      LATERAL (SELECT to_timestamp((${first}::bigint + n * ${stepMs}) / 1000.0) AS at) AS t`
}
