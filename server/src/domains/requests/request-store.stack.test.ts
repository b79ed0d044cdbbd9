import type { ExchangeRecord } from "@sluice/protocol/exchange-record"
import { sql } from "drizzle-orm"
import { beforeAll, expect, it } from "vitest"
import type { Database } from "../../platform/database/database.ts"
import { createUuid } from "../../platform/ids.ts"
import { describeEachDatabase } from "../../testing/database.ts"
import { createCatalogStore, createPriceBook, importPrices, type PriceBook } from "../catalog/index.ts"
import { exampleBatch, exampleExchange } from "./example-exchange.ts"
import { createExchangeStore } from "./exchange-store.ts"
import { createIngest, type Ingest } from "./ingest-exchanges.ts"
import { createPartitionStore } from "./partition-store.ts"
import { createRepricing } from "./reprice-requests.ts"
import { createRequestStore, type RequestScope, type RequestStore, type RequestsPage } from "./request-store.ts"
import { createUnpricedStore } from "./unpriced-store.ts"

const now = Date.parse("2026-06-01T12:00:00Z")
const dayMs = 24 * 60 * 60 * 1000
const clock = { now: () => now, monotonic: () => now }
const newScope = (): RequestScope => ({ organizationId: createUuid(now), projectId: createUuid(now) })
const any: RequestsPage = { limit: 50, after: null, feature: null, model: null, provider: null, status: null }

describeEachDatabase("stored requests", (open) => {
  let db: Database
  let store: RequestStore
  let ingest: Ingest
  let priceBook: PriceBook
  const scope = newScope()
  const stranger = newScope()
  const key = createUuid(now)
  const epoch = createUuid(now)

  const add = async (to: RequestScope, values: readonly Partial<ExchangeRecord>[]) => {
    const place = { organization_id: to.organizationId, project_id: to.projectId, key_id: key, epoch, finished_at: now }
    const records = values.map((own) => exampleExchange({ ...place, finished_at: own.finished_at ?? now }, own))
    const ack = await ingest.ingest(exampleBatch(epoch, records))
    expect(ack.stored).toBe(records.length)
    return records.map((record) => record.id)
  }
  const idsOf = async (page: Partial<RequestsPage>, of = scope) =>
    (await store.list(of, { ...any, ...page })).items.map((request) => request.id)

  beforeAll(async () => {
    db = await open()
    await addTenant(db, scope, key)
    await addTenant(db, stranger, createUuid(now))
    const catalog = createCatalogStore(db)
    priceBook = createPriceBook({ load: () => catalog.load(), clock })
    const partitions = createPartitionStore(db)
    ingest = createIngest({
      store: createExchangeStore(db),
      priceBook,
      clock,
      lastUse: { note: () => {} },
      prepareDay: (day) => partitions.ensure(day, 1),
    })
    store = createRequestStore(db)
    // Three days with some volume, most of it another tenant's, so that the planner has a choice.
    for (const daysAgo of [0, 1, 2]) {
      const finished_at = now - daysAgo * dayMs
      await add(
        stranger,
        Array.from({ length: 1500 }, () => ({ finished_at })),
      )
      await add(
        scope,
        Array.from({ length: 40 }, () => ({ finished_at })),
      )
    }
    await db.system.execute(sql`ANALYZE request_logs`)
  })

  it("are listed newest first, page after page, each once, while newer ones arrive", async () => {
    const before = await idsOf({ limit: 200 })
    expect(before.length).toBe(120)
    expect(before).toEqual([...before].sort().reverse())
    const seen: string[] = []
    for (let after: string | null = null; ; ) {
      const page = await store.list(scope, { ...any, limit: 50, after })
      seen.push(...page.items.map((request) => request.id))
      await add(scope, [{ feature: "newcomer" }])
      if (!page.hasMore) break
      after = page.items.at(-1)?.id ?? null
    }
    expect(seen).toEqual(before)
  })

  it("are filtered by feature, model, provider and status", async () => {
    const [plain, failed, missing] = await add(scope, [
      { feature: "filtered", provider: "groq", model_requested: "fast", model_actual: "llama-3.3-70b-versatile" },
      { feature: "filtered", status: 503, error_category: "provider_5xx" },
      { feature: null, status: 404, model_response: null },
    ])
    const found = async (page: Partial<RequestsPage>) => (await idsOf(page)).sort()
    expect(await found({ feature: "filtered" })).toEqual([plain, failed].sort())
    expect(await found({ feature: "untagged" })).toEqual([missing])
    expect(await found({ provider: "groq" })).toEqual([plain])
    expect(await found({ model: "fast" })).toEqual([plain])
    expect(await found({ model: "llama-3.3-70b-versatile" })).toEqual([plain])
    expect(await found({ status: "error" })).toEqual([failed, missing].sort())
    expect(await found({ status: "4xx" })).toEqual([missing])
    expect(await found({ status: "503", feature: "filtered" })).toEqual([failed])
    expect(await found({ status: "200", feature: "untagged" })).toEqual([])
  })

  it("name their key, and show every figure as it came", async () => {
    const [id = ""] = await add(scope, [{ metadata: { tier: "gold" }, streaming: true, inter_token_p50_ms: 12.5 }])
    expect(await store.find(scope, id)).toMatchObject({
      id,
      keyName: "First",
      finishedAt: new Date(now),
      latencyMs: 500.25,
      interTokenP50Ms: 12.5,
      inputTokens: 1000,
      cacheReadTokens: null,
      metadata: { tier: "gold" },
      costUsd: null,
      costUnknownReason: "no_price",
    })
  })

  it("are nobody else's: not in another organization, not in another project", async () => {
    const [id = ""] = await add(scope, [{}])
    expect(await store.find(stranger, id)).toBeNull()
    expect(await store.find({ ...scope, projectId: stranger.projectId }, id)).toBeNull()
    expect(await store.find({ ...stranger, projectId: scope.projectId }, id)).toBeNull()
    expect(await idsOf({}, { ...stranger, projectId: scope.projectId })).toEqual([])
  })

  it("are found by id when a clock was wrong, too", async () => {
    const [id = ""] = await add(scope, [{ id: createUuid(now), finished_at: now + 300 * dayMs }])
    expect(await store.find(scope, id)).toMatchObject({ id, quality: ["clock_skew"] })
  })

  it("are read through an index, and by id from the days around it alone", async () => {
    const page = sql`ORDER BY id DESC LIMIT 51`
    // Few rows: the planner may fetch them all by the index and sort. The default partition is a page long.
    expect(await explain(db, scope, page)).not.toMatch(/Seq Scan on request_logs_2/)
    // Many rows: it must read 51 of them in order and stop.
    const many = await explain(db, stranger, page)
    expect(many).toMatch(/Merge Append/)
    expect(many).toMatch(/Index Scan Backward using request_logs_20260601/)
    expect(many).not.toMatch(/Seq Scan on request_logs_2/)
    const from = new Date(now - dayMs).toISOString()
    const to = new Date(now + 2 * dayMs).toISOString()
    const one = await explain(db, scope, sql`AND id = ${createUuid(now)} AND finished_at BETWEEN ${from} AND ${to}`)
    expect(one).not.toMatch(/Seq Scan on request_logs_2/)
    expect(one).toMatch(/request_logs_20260601/)
    expect(one).not.toMatch(/request_logs_20260530/)
  })

  it("get their cost when a price arrives, once, and only if they had none for want of one", async () => {
    const [id = "", unknown = ""] = await add(scope, [{}, { model_actual: "unheard-of", model_response: null }])
    let uptime = 0
    const moving = { now: () => now, monotonic: () => uptime }
    const repricing = createRepricing({ store: createUnpricedStore(db), priceBook, clock: moving })
    expect(await repricing.run()).toBe(0)
    await importPrices({ store: createCatalogStore(db), clock, announce: async () => {} })
    await priceBook.refresh()
    let found = 0
    for (let run = await repricing.run(); run > 0; run = await repricing.run()) found += run
    expect(found).toBeGreaterThan(4000)
    expect(await store.find(scope, id)).toMatchObject({ costUsd: "0.003500000000", costUnknownReason: null })
    expect(await store.find(scope, unknown)).toMatchObject({ costUsd: null, costUnknownReason: "no_price" })
    expect(await repricing.run()).toBe(0)
    // A process that had not heard of the new price yet stores one more.
    await db.system.execute(
      sql`UPDATE request_logs SET cost_usd = NULL, cost_unknown_reason = 'no_price' WHERE id = ${id}`,
    )
    expect(await repricing.run()).toBe(0)
    uptime += 10 * 60 * 1000
    expect(await repricing.run()).toBe(1)
  })
})

async function explain(db: Database, scope: RequestScope, rest: ReturnType<typeof sql>): Promise<string> {
  return db.inTenant(scope.organizationId, async (tx) => {
    const { rows } = await tx.execute<{ "QUERY PLAN": string }>(sql`
      EXPLAIN SELECT * FROM request_logs
      WHERE organization_id = ${scope.organizationId} AND project_id = ${scope.projectId} ${rest}`)
    return rows.map((row) => row["QUERY PLAN"]).join("\n")
  })
}

async function addTenant(db: Database, { organizationId, projectId }: RequestScope, key: string): Promise<void> {
  const workspace = createUuid(now)
  await db.system.execute(
    sql`INSERT INTO organizations (id, name, slug) VALUES (${organizationId}, 'One', ${organizationId})`,
  )
  await db.system.execute(
    sql`INSERT INTO workspaces (id, organization_id, name) VALUES (${workspace}, ${organizationId}, 'One')`,
  )
  await db.system.execute(sql`
    INSERT INTO projects (id, organization_id, workspace_id, name)
    VALUES (${projectId}, ${organizationId}, ${workspace}, 'Default')`)
  await db.system.execute(sql`
    INSERT INTO api_keys (id, organization_id, project_id, name, hash, last_four, scopes, environment)
    VALUES (${key}, ${organizationId}, ${projectId}, 'First', ${Buffer.from(key)}, 'abcd', '{gateway}', 'production')`)
}
