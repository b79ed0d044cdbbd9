import { sql } from "drizzle-orm"
import { beforeAll, expect, it } from "vitest"
import { describeEachDatabase } from "../../testing/database.ts"
import { systemClock } from "../clock.ts"
import { createUuid } from "../ids.ts"
import type { Database } from "./database.ts"
import { dropPartitionsBefore, ensurePartitions, listPartitions } from "./partitions.ts"
import { requestLogs } from "./schema.ts"

const organizationId = createUuid(systemClock.now())

function row(finishedAt: string): typeof requestLogs.$inferInsert {
  const at = new Date(finishedAt)
  return {
    id: createUuid(at.getTime()),
    organizationId,
    projectId: organizationId,
    keyId: organizationId,
    epoch: organizationId,
    seq: 1,
    environment: "production",
    startedAt: at,
    finishedAt: at,
    endpoint: "/v1/chat/completions",
    protocol: "openai",
    operation: "chat",
    providerUnknown: false,
    status: 200,
    streaming: false,
    latencyMs: 1.5,
    usageSource: "none",
    attempts: 1,
    promptBytes: 10,
    completionBytes: 20,
  }
}

describeEachDatabase("partitions", (open) => {
  let database: Database
  beforeAll(async () => {
    database = await open()
  })

  const partitionOf = async (finishedAt: string) => {
    const { rows } = await database.system.execute<{ name: string }>(
      sql`SELECT tableoid::regclass::text AS name FROM request_logs WHERE finished_at = ${finishedAt}`,
    )
    return rows.map(({ name }) => name)
  }

  it("starts with the default partition alone, which takes every row", async () => {
    expect(await listPartitions(database.system)).toEqual([{ name: "request_logs_default", dayUtc: null }])
    await database.system.insert(requestLogs).values(row("2026-11-21T12:00:00.123Z"))
    expect(await partitionOf("2026-11-21T12:00:00.123Z")).toEqual(["request_logs_default"])
  })

  it("makes a day's partition and moves its rows there from the default one", async () => {
    const made = await ensurePartitions(database, new Date("2026-11-21T23:59:59.999Z"), 2)
    expect(made).toEqual(["request_logs_20261121", "request_logs_20261122"])
    expect(await partitionOf("2026-11-21T12:00:00.123Z")).toEqual(["request_logs_20261121"])
  })

  it("does nothing the second time", async () => {
    expect(await ensurePartitions(database, new Date("2026-11-21T00:00:00Z"), 2)).toEqual([])
  })

  it("makes each day once when two ask at the same time", async () => {
    const from = new Date("2026-11-23T00:00:00Z")
    const made = await Promise.all([ensurePartitions(database, from, 2), ensurePartitions(database, from, 2)])
    expect(made.flat().sort()).toEqual(["request_logs_20261123", "request_logs_20261124"])
  })

  it("puts midnight into the day that begins and a skewed clock's row into the default partition", async () => {
    await database.system.insert(requestLogs).values([row("2026-11-22T00:00:00.000Z"), row("2031-01-01T00:00:00.000Z")])
    expect(await partitionOf("2026-11-22T00:00:00.000Z")).toEqual(["request_logs_20261122"])
    expect(await partitionOf("2031-01-01T00:00:00.000Z")).toEqual(["request_logs_default"])
  })

  it("takes a row once, however often it comes", async () => {
    const twice = row("2026-11-22T10:00:00.000Z")
    const insert = () =>
      database.system.insert(requestLogs).values(twice).onConflictDoNothing().returning({ id: requestLogs.id })
    expect(await insert()).toHaveLength(1)
    expect(await insert()).toHaveLength(0)
  })

  it("keeps partitions closed to tenants, to whom the parent shows their own rows", async () => {
    const seen = await database.inTenant(organizationId, (tx) => tx.select({ id: requestLogs.id }).from(requestLogs))
    expect(seen.length).toBeGreaterThan(0)
    const direct = database.inTenant(organizationId, (tx) => tx.execute(sql`SELECT * FROM request_logs_20261122`))
    await expect(direct).rejects.toMatchObject({ cause: { code: "42501" } })
  })

  it("drops the days before one, and their strays", async () => {
    await database.system.insert(requestLogs).values(row("2020-02-02T00:00:00.000Z"))
    const dropped = await dropPartitionsBefore(database, new Date("2026-11-22T18:00:00Z"))
    expect(dropped).toEqual(["request_logs_20261121"])
    expect(await partitionOf("2020-02-02T00:00:00.000Z")).toEqual([])
    expect((await listPartitions(database.system)).map(({ dayUtc }) => dayUtc)).toEqual([
      "2026-11-22",
      "2026-11-23",
      "2026-11-24",
      null,
    ])
  })
})
