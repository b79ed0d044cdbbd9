import type { ExchangeRecord } from "@sluice/protocol/exchange-record"
import { sql } from "drizzle-orm"
import { beforeAll, expect, it } from "vitest"
import type { Database } from "../../platform/database/database.ts"
import { createUuid } from "../../platform/ids.ts"
import { describeEachDatabase } from "../../testing/database.ts"
import { createCatalogStore, createPriceBook, importPrices } from "../catalog/index.ts"
import { createEpochStore } from "./epoch-store.ts"
import { exampleBatch, exampleExchange } from "./example-exchange.ts"
import { createExchangeStore } from "./exchange-store.ts"
import { createIngest, type Ingest, type IngestDeps } from "./ingest-exchanges.ts"
import { createLastUse, type LastUse } from "./last-use.ts"
import { createLastUseStore } from "./last-use-store.ts"
import { createPartitionStore } from "./partition-store.ts"
import { toPipelineHealth } from "./pipeline-health.ts"
import { preparePartitions } from "./prepare-partitions.ts"

const now = Date.parse("2026-06-01T12:00:00Z")
const clock = { now: () => now, monotonic: () => now }
const [organization, project, key] = [createUuid(now), createUuid(now), createUuid(now)]

describeEachDatabase("ingest", (open) => {
  let db: Database
  let ingest: Ingest
  let other: Ingest
  let lastUse: LastUse
  let shared: Omit<IngestDeps, "store">

  const newEpoch = () => createUuid(now)
  const exchange = (epoch: string, values: Partial<ExchangeRecord> = {}) =>
    exampleExchange(
      { organization_id: organization, project_id: project, key_id: key, epoch, finished_at: now },
      values,
    )
  const accountOf = async (epoch: string) =>
    (await createEpochStore(db).list()).find((account) => account.epoch === epoch)
  const countRows = async (epoch: string) => {
    const { rows } = await db.system.execute<{ n: number }>(
      sql`SELECT count(*)::int AS n FROM request_logs WHERE epoch = ${epoch}`,
    )
    return rows[0]?.n
  }

  beforeAll(async () => {
    db = await open()
    await addTenant(db)
    const catalog = createCatalogStore(db)
    await importPrices({ store: catalog, clock, announce: async () => {} })
    const priceBook = createPriceBook({ load: () => catalog.load(), clock })
    await priceBook.refresh()
    const partitions = createPartitionStore(db)
    await preparePartitions({ store: partitions, clock })
    lastUse = createLastUse(createLastUseStore(db))
    shared = { priceBook, clock, lastUse, prepareDay: (day: Date) => partitions.ensure(day, 1) }
    // Two control processes on one database.
    ingest = createIngest({ ...shared, store: createExchangeStore(db) })
    other = createIngest({ ...shared, store: createExchangeStore(db) })
  })

  it("acknowledges what is stored, priced, and in the partition of its day", async () => {
    const epoch = newEpoch()
    const record = exchange(epoch, { quality: ["upstream_cut"], metadata: { tier: "gold" } })
    expect(await ingest.ingest(exampleBatch(epoch, [record]))).toEqual({ stored: 1, duplicates: 0, rejected: [] })
    const { rows } = await db.system.execute(sql`
      SELECT tableoid::regclass::text AS part, cost_usd, price_version, quality, metadata, input_tokens::int AS input
      FROM request_logs WHERE id = ${record.id}`)
    expect(rows).toEqual([
      {
        part: "request_logs_20260601",
        cost_usd: "0.003500000000",
        price_version: expect.stringMatching(/^0\.1\.8-/),
        quality: ["upstream_cut"],
        metadata: { tier: "gold" },
        input: 1000,
      },
    ])
    expect(await accountOf(epoch)).toMatchObject({ instance: "gateway-0", received: 1, stored: 1, lastHeardAt: now })
  })

  it("stores a record once, however often and through whichever process it comes", async () => {
    const epoch = newEpoch()
    const records = Array.from({ length: 40 }, () => exchange(epoch))
    const send = (to: Ingest) => to.ingest(exampleBatch(epoch, records))
    const acks = await Promise.all([send(ingest), send(other), send(ingest), send(other), send(ingest)])
    expect(acks.reduce((total, ack) => total + ack.stored, 0)).toBe(40)
    expect(acks.reduce((total, ack) => total + ack.duplicates, 0)).toBe(160)
    expect(await countRows(epoch)).toBe(40)
    expect((await accountOf(epoch))?.stored).toBe(40)
  })

  it("keeps exact accounts under many batches of many processes at once", async () => {
    const epochs = Array.from({ length: 4 }, newEpoch)
    const batches = epochs.flatMap((epoch) =>
      Array.from({ length: 6 }, () => ({ epoch, records: Array.from({ length: 25 }, () => exchange(epoch)) })),
    )
    await Promise.all(
      batches.map(({ epoch, records }, index) =>
        (index % 2 ? ingest : other).ingest(
          exampleBatch(epoch, records, { instance: epoch, received: 150, opened: 150 }),
        ),
      ),
    )
    for (const epoch of epochs) expect(await accountOf(epoch)).toMatchObject({ stored: 150, received: 150 })
  })

  it("rejects what can never be stored, and stores the rest", async () => {
    const epoch = newEpoch()
    const batch = exampleBatch(epoch, [
      exchange(epoch),
      { ...exchange(epoch), status: "fine" },
      exchange(epoch, { project_id: createUuid(now) }),
      exchange(epoch, { organization_id: createUuid(now) }),
      // Fits the protocol, and not the column.
      exchange(epoch, { prompt_messages: Number.MAX_SAFE_INTEGER }),
      exchange(epoch),
    ])
    const ack = await ingest.ingest(batch)
    expect(ack).toMatchObject({ stored: 2, duplicates: 0 })
    expect(ack.rejected.map(({ index, reason }) => [index, reason.split(":")[0]])).toEqual([
      [1, "status"],
      [2, "organization_id, project_id"],
      [3, "organization_id, project_id"],
      [4, "the database cannot hold a value of this record"],
    ])
    expect(await accountOf(epoch)).toMatchObject({ stored: 2, rejected: 4 })
  })

  it("stores characters that PostgreSQL cannot hold as U+FFFD", async () => {
    const epoch = newEpoch()
    const record = exchange(epoch, { feature: "a\0b", metadata: { k: "\ud800" } })
    expect((await ingest.ingest(exampleBatch(epoch, [record]))).stored).toBe(1)
  })

  it("keeps a record with a wrong clock in the default partition and says so", async () => {
    const epoch = newEpoch()
    const dayMs = 24 * 60 * 60 * 1000
    const finished = [now + 3 * dayMs, now - 400 * dayMs, now - 5 * dayMs]
    await ingest.ingest(
      exampleBatch(
        epoch,
        finished.map((finished_at) => exchange(epoch, { finished_at })),
      ),
    )
    const { rows } = await db.system.execute(sql`
      SELECT tableoid::regclass::text AS part, quality FROM request_logs WHERE epoch = ${epoch} ORDER BY finished_at`)
    expect(rows).toEqual([
      { part: "request_logs_default", quality: ["clock_skew"] },
      { part: "request_logs_20260527", quality: [] },
      { part: "request_logs_default", quality: ["clock_skew"] },
    ])
  })

  it("counts another process's spool for the one that wrote it", async () => {
    const [dead, heir] = [newEpoch(), newEpoch()]
    const records = Array.from({ length: 5 }, () => exchange(dead))
    const alive = { instance: "heir", started_at: 2_000 }
    await ingest.ingest(
      exampleBatch(dead, [], { instance: "dead", received: 5, opened: 5, ceiling: 5, spooled: { [dead]: 5 } }),
    )
    await ingest.ingest(exampleBatch(heir, [], { ...alive, spooled: { [dead]: 5 } }))
    expect((await accountOf(dead))?.spooled).toEqual({})
    await ingest.ingest(
      exampleBatch(heir, records.slice(0, 3), { ...alive, received: 0, opened: 0, spooled: { [dead]: 5 } }),
    )
    expect(await accountOf(heir)).toMatchObject({ stored: 0, spooled: { [dead]: 2 } })
    expect(await accountOf(dead)).toMatchObject({ stored: 3, instance: "dead" })
    await ingest.ingest(
      exampleBatch(heir, records.slice(3), { ...alive, received: 0, opened: 0, spooled: { [dead]: 2 } }),
    )
    expect(await accountOf(dead)).toMatchObject({ stored: 5, received: 5 })
  })

  it("opens an account for a process that only another ever spoke for", async () => {
    const [unheard, heir] = [newEpoch(), newEpoch()]
    await ingest.ingest(exampleBatch(heir, [exchange(unheard)], { instance: "late", received: 0, opened: 0 }))
    expect(await accountOf(unheard)).toMatchObject({ stored: 1, received: 0, startedAt: 0 })
    const accounts = (await createEpochStore(db).list()).filter(({ epoch }) => epoch === unheard || epoch === heir)
    const health = toPipelineHealth(accounts, { now, listeningSince: 0 })
    expect(health).toMatchObject({ received: 1, stored: 1, queueDepth: 0, lost: { atLeast: 0, atMost: 0 } })
    expect(health.gateways.map((gateway) => gateway.instance)).toEqual(["late"])
  })

  it("takes no counter back when reports overtake each other", async () => {
    const epoch = newEpoch()
    await ingest.ingest(exampleBatch(epoch, [], { received: 9, opened: 12, dropped: { ring_full: 3 }, final: true }))
    await ingest.ingest(exampleBatch(epoch, [], { received: 4, opened: 5, dropped: { ring_full: 1, spool_full: 2 } }))
    expect(await accountOf(epoch)).toMatchObject({
      received: 9,
      opened: 12,
      dropped: { ring_full: 3, spool_full: 2 },
      ended: true,
    })
  })

  it("writes when a key was last used, and never an earlier time", async () => {
    await lastUse.flush()
    const read = async () => {
      const { rows } = await db.system.execute<{ at: Date }>(
        sql`SELECT last_used_at AS at FROM api_keys WHERE id = ${key}`,
      )
      return new Date(rows[0]?.at ?? 0).getTime()
    }
    const before = await read()
    expect(before).toBeGreaterThanOrEqual(now)
    const place = {
      organization_id: organization,
      project_id: project,
      credential_source: "stored",
      provider: "openai",
    }
    const finished_at = new Date(now - 1000).toISOString()
    lastUse.note({ ...place, key_id: key, credential_id: createUuid(now), finished_at })
    await lastUse.flush()
    expect(await read()).toBe(before)
  })

  it("acknowledges nothing while the database is away, and takes the same batch later", async () => {
    let away = true
    const flaky: Pick<Database, "inTransaction"> = {
      inTransaction: (run) => (away ? Promise.reject(new Error("connection lost")) : db.inTransaction(run)),
    }
    const again = createIngest({ ...shared, store: createExchangeStore(flaky) })
    const epoch = newEpoch()
    const batch = exampleBatch(epoch, [exchange(epoch)])
    await expect(again.ingest(batch)).rejects.toThrow("connection lost")
    expect(await countRows(epoch)).toBe(0)
    away = false
    expect(await again.ingest(batch)).toEqual({ stored: 1, duplicates: 0, rejected: [] })
  })

  it("lets batches that wait for a commit share the next one, up to 2,000 records", async () => {
    let commits = 0
    const counted: Pick<Database, "inTransaction"> = {
      inTransaction: (run) => {
        commits += 1
        return db.inTransaction(run)
      },
    }
    const merging = createIngest({ ...shared, store: createExchangeStore(counted) })
    const epoch = newEpoch()
    const batchOf100 = () =>
      exampleBatch(
        epoch,
        Array.from({ length: 100 }, () => exchange(epoch)),
      )
    const acks = await Promise.all(Array.from({ length: 30 }, () => merging.ingest(batchOf100())))
    expect(acks.every((ack) => ack.stored === 100)).toBe(true)
    // The first alone, then 20 together, then 9.
    expect(commits).toBe(3)
  })
})

async function addTenant(db: Database): Promise<void> {
  const workspace = createUuid(now)
  await db.system.execute(
    sql`INSERT INTO organizations (id, name, slug) VALUES (${organization}, 'One', ${organization})`,
  )
  await db.system.execute(
    sql`INSERT INTO workspaces (id, organization_id, name) VALUES (${workspace}, ${organization}, 'One')`,
  )
  await db.system.execute(sql`
    INSERT INTO projects (id, organization_id, workspace_id, name)
    VALUES (${project}, ${organization}, ${workspace}, 'Default')`)
  await db.system.execute(sql`
    INSERT INTO api_keys (id, organization_id, project_id, name, hash, last_four, scopes, environment)
    VALUES (${key}, ${organization}, ${project}, 'First', '\\x01', 'abcd', '{gateway}', 'production')`)
}
