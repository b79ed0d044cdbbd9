import { and, eq, type SQL, sql } from "drizzle-orm"
import { beforeAll, describe, expect, it } from "vitest"
import { describeEachDatabase } from "../../testing/database.ts"
import { systemClock } from "../clock.ts"
import { createUuid } from "../ids.ts"
import type { Database, Queries } from "./database.ts"
import * as schema from "./schema.ts"
import { isStoreUnavailable } from "./store-unavailable.ts"
import { exemptTables, tenantPrivileges } from "./tenancy.ts"

const newId = () => createUuid(systemClock.now())
const now = new Date(systemClock.now())

/** One row of everything an organization has, in every table that row-level security guards. */
async function seed(system: Queries, name: string): Promise<string> {
  const organizationId = newId()
  const [workspaceId, projectId, userId, dataKeyId, keyId] = [newId(), newId(), newId(), newId(), newId()]
  await system.insert(schema.organizations).values({ id: organizationId, name, slug: name })
  await system.insert(schema.workspaces).values({ id: workspaceId, organizationId, name })
  await system.insert(schema.projects).values({ id: projectId, organizationId, workspaceId, name })
  await system.insert(schema.users).values({ id: userId, name, email: `${name}@example.com` })
  await system.insert(schema.members).values({ id: newId(), organizationId, userId, role: "owner" })
  await system.insert(schema.sessions).values({ id: newId(), userId, token: name, organizationId, expiresAt: now })
  await system
    .insert(schema.dataKeys)
    .values({ id: dataKeyId, organizationId, wrapped: Buffer.from(name), wrappedBy: "test" })
  await system.insert(schema.apiKeys).values({
    id: keyId,
    organizationId,
    projectId,
    name,
    hash: Buffer.from(name),
    lastFour: "abcd",
    scopes: ["gateway"],
    environment: "production",
  })
  await system.insert(schema.credentials).values({
    id: newId(),
    organizationId,
    projectId,
    provider: "openai",
    label: name,
    encryptedSecret: Buffer.from(name),
    dataKeyId,
    lastFour: "abcd",
  })
  await system.insert(schema.routingRules).values({
    id: newId(),
    organizationId,
    projectId,
    name,
    priority: 10,
    enabled: true,
    match: {},
    action: { model: "gpt-4o-mini" },
    version: 1,
    updatedAt: new Date(),
  })
  await system
    .insert(schema.environmentCredentialUses)
    .values({ organizationId, projectId, provider: "openai", lastUsedAt: now })
  await system.insert(schema.customModels).values({
    id: newId(),
    organizationId,
    projectId,
    name,
    provider: "custom",
    upstreamModel: name,
    createdAt: now,
    updatedAt: now,
  })
  await system.insert(schema.modelPricing).values({
    id: newId(),
    organizationId,
    provider: "openai",
    model: name,
    version: "1",
    source: "test",
    effectiveFrom: now,
  })
  await system.insert(schema.requestLogs).values({
    id: newId(),
    organizationId,
    projectId,
    keyId,
    epoch: newId(),
    seq: 1,
    environment: "production",
    startedAt: now,
    finishedAt: now,
    endpoint: "/v1/chat/completions",
    protocol: "openai",
    operation: "chat",
    providerUnknown: false,
    status: 200,
    streaming: false,
    latencyMs: 1,
    usageSource: "none",
    attempts: 1,
    promptBytes: 1,
    completionBytes: 1,
  })
  await seedInsights(system, { organizationId, projectId, keyId })
  return organizationId
}

/** Partitions are not among them: they are read through their parents. */
async function tablesWithOrganization({ system }: Database): Promise<readonly string[]> {
  const { rows } = await system.execute<{ name: string }>(sql`
    SELECT relname AS name FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attname = 'organization_id'
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY 1`)
  return rows.map(({ name }) => name)
}

async function seedInsights(
  system: Queries,
  place: { readonly organizationId: string; readonly projectId: string; readonly keyId: string },
): Promise<void> {
  const scope = { organizationId: place.organizationId, projectId: place.projectId }
  const series = { ...place, bucket: now, feature: "", featureOther: false, model: "", modelOther: false, provider: "" }
  await system.insert(schema.metricRollups).values({ ...series, grain: "hour" })
  await system.insert(schema.metricSketches).values({ ...series, grain: "hour", total: false })
  await system.insert(schema.metricSketchDeltas).values(series)
  await system
    .insert(schema.dimensionRollups)
    .values({ ...scope, dimension: "task", hour: now, value: "", other: false })
  await system.insert(schema.rollupValues).values({ ...scope, dimension: "task", bucket: now, value: "chat" })
  await system
    .insert(schema.dashboardSummaries)
    .values({ ...scope, period: "last_24h", computedAt: now, empty: true, summary: {} })
}

describeEachDatabase("the fence between organizations", (open) => {
  let database: Database
  let acme: string
  let globex: string
  let tables: readonly string[]
  const nobody = newId()

  beforeAll(async () => {
    database = await open()
    acme = await seed(database.system, "acme")
    globex = await seed(database.system, "globex")
    const { rows } = await database.system.execute<{ name: string }>(sql`
      SELECT relname AS name FROM pg_class
      WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY 1`)
    tables = rows.map(({ name }) => name)
  })

  const countAs = (organizationId: string, table: string) =>
    database.inTenant(organizationId, async (tx) => {
      const { rows } = await tx.execute<{ count: string }>(sql`SELECT count(*) FROM ${sql.identifier(table)}`)
      return Number(rows[0]?.count)
    })

  /** What came of a statement: `nothing` when it was forbidden or found no row. */
  const tryAs = (organizationId: string, statement: SQL): Promise<string> =>
    database
      .inTenant(organizationId, (tx) => tx.execute(statement))
      .then(
        ({ rowCount }) => (rowCount === 0 ? "nothing" : `${rowCount} rows`),
        ({ cause }: { readonly cause?: { readonly code?: string } }) =>
          cause?.code === "42501" ? "nothing" : `an error that is no refusal: ${cause?.code}`,
      )

  it("names every table once: guarded by row-level security, or exempt with a reason", async () => {
    const { rows } = await database.system.execute<{ name: string }>(sql`
      SELECT relname AS name FROM pg_class
      WHERE relnamespace = 'public'::regnamespace AND relrowsecurity AND NOT relispartition ORDER BY 1`)
    expect([...rows.map(({ name }) => name), ...Object.keys(exemptTables)].sort()).toEqual([...tables].sort())
    expect(Object.keys(tenantPrivileges).filter((table) => !tables.includes(table))).toEqual([])
  })

  it("exempts no table that has an organization", async () => {
    const { rows } = await database.system.execute<{ name: string }>(sql`
      SELECT table_name AS name FROM information_schema.columns
      WHERE table_schema = 'public' AND column_name = 'organization_id'`)
    expect(rows.map(({ name }) => name).filter((name) => name in exemptTables)).toEqual([])
  })

  it("shows a forgotten `where` nothing of others, in every guarded table", async () => {
    for (const table of tables.filter((name) => !(name in exemptTables))) {
      const { rows } = await database.system.execute<{ count: string }>(
        sql`SELECT count(*) FROM ${sql.identifier(table)}`,
      )
      expect({ table, all: Number(rows[0]?.count) }).toEqual({ table, all: 2 })
      expect({ table, own: await countAs(acme, table) }).toEqual({ table, own: 1 })
      expect({ table, ofNobody: await countAs(nobody, table) }).toEqual({ table, ofNobody: 0 })
    }
  })

  it("shows nothing when no organization was named", async () => {
    await database.inTransaction(async (tx) => {
      await tx.execute(sql`SET LOCAL ROLE sluice_app`)
      for (const table of ["organizations", "projects", "users", "api_keys", "request_logs"]) {
        const { rows } = await tx.execute<{ count: string }>(sql`SELECT count(*) FROM ${sql.identifier(table)}`)
        expect({ table, count: Number(rows[0]?.count) }).toEqual({ table, count: 0 })
      }
    })
  })

  it.each(["verifications", "installation", "gateway_epochs", "request_logs_default", "drizzle.__drizzle_migrations"])(
    "is closed to tenants altogether: %s",
    async (table) => {
      const read = database.inTenant(acme, (tx) => tx.execute(sql.raw(`SELECT * FROM ${table}`)))
      await expect(read).rejects.toMatchObject({ cause: { code: "42501" } })
    },
  )

  it("refuses a row for another organization, and finds none of its rows to change", async () => {
    const workspace = { id: newId(), organizationId: globex, name: "theirs" }
    const insert = database.inTenant(acme, (tx) => tx.insert(schema.workspaces).values(workspace))
    await expect(insert).rejects.toMatchObject({ cause: { code: "42501" } })
    const move = database.inTenant(acme, (tx) => tx.update(schema.workspaces).set({ organizationId: globex }))
    await expect(move).rejects.toMatchObject({ cause: { code: "42501" } })
    const changed = await database.inTenant(acme, (tx) =>
      tx
        .update(schema.workspaces)
        .set({ name: "mine" })
        .where(eq(schema.workspaces.organizationId, globex))
        .returning(),
    )
    expect(changed).toEqual([])
  })

  it("lets nobody read, make, change, move or delete a row of another, in any table that has an organization", async () => {
    const withOrganization = await tablesWithOrganization(database)
    expect(withOrganization.length).toBeGreaterThan(15)
    for (const name of withOrganization) {
      const table = sql.identifier(name)
      const theirs = sql`FROM ${table} WHERE organization_id = ${globex}`
      const { rows } = await database.system.execute<{ row: object }>(sql`SELECT to_jsonb(${table}.*) AS row ${theirs}`)
      expect([name, rows.length]).toEqual([name, 1])
      const copy = JSON.stringify(rows[0]?.row)
      const attempts = {
        read: sql`SELECT 1 ${theirs}`,
        make: sql`INSERT INTO ${table} OVERRIDING SYSTEM VALUE
          SELECT * FROM jsonb_populate_record(NULL::${table}, ${copy}::text::jsonb)`,
        change: sql`UPDATE ${table} SET organization_id = organization_id WHERE organization_id = ${globex}`,
        move: sql`UPDATE ${table} SET organization_id = ${globex}`,
        delete: sql`DELETE ${theirs}`,
      }
      for (const [attempt, statement] of Object.entries(attempts)) {
        expect([name, attempt, await tryAs(acme, statement)]).toEqual([name, attempt, "nothing"])
      }
      const { rows: after } = await database.system.execute<{ row: object }>(
        sql`SELECT to_jsonb(${table}.*) AS row ${theirs}`,
      )
      expect(after).toEqual(rows)
    }
  })

  it("opens no partition to a tenant, whose rows no policy would tell apart there", async () => {
    const { rows } = await database.system.execute<{ name: string; open: boolean }>(sql`
      SELECT relname AS name, has_table_privilege('sluice_app', oid, 'SELECT, INSERT, UPDATE, DELETE') AS open
      FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relispartition`)
    expect(rows.length).toBeGreaterThan(0)
    expect(rows.filter(({ open: isOpen }) => isOpen)).toEqual([])
  })

  it("shows list prices to all, and lets a tenant write its own prices only", async () => {
    const listPrice = { provider: "openai", model: "listed", version: "1", source: "test", effectiveFrom: now }
    await database.system.insert(schema.modelPricing).values({ ...listPrice, id: newId() })
    const seen = (organizationId: string) =>
      database.inTenant(organizationId, (tx) =>
        tx.select({ model: schema.modelPricing.model }).from(schema.modelPricing).orderBy(schema.modelPricing.model),
      )
    expect(await seen(acme)).toEqual([{ model: "acme" }, { model: "listed" }])
    expect(await seen(nobody)).toEqual([{ model: "listed" }])
    const write = database.inTenant(acme, (tx) => tx.insert(schema.modelPricing).values({ ...listPrice, id: newId() }))
    await expect(write).rejects.toMatchObject({ cause: { code: "42501" } })
    expect(await database.inTenant(acme, (tx) => tx.delete(schema.modelPricing).returning())).toHaveLength(1)
    expect(await seen(acme)).toEqual([{ model: "listed" }])
  })

  it("lets a tenant append to the order of changes and learn the version, and read nothing there", async () => {
    const change = { kind: "key", entityId: "k" }
    const added = await database.inTenant(acme, (tx) =>
      tx.insert(schema.snapshotChanges).values(change).returning({ version: schema.snapshotChanges.version }),
    )
    expect(added).toEqual([{ version: 1 }])
    const read = database.inTenant(acme, (tx) => tx.select().from(schema.snapshotChanges))
    await expect(read).rejects.toMatchObject({ cause: { code: "42501" } })
  })

  it("leaves no role and no organization behind on the connection", async () => {
    await Promise.all(Array.from({ length: 12 }, () => countAs(acme, "projects")))
    const { rows } = await database.system.execute(sql`
      SELECT current_user = session_user AS owner, nullif(current_setting('sluice.organization', true), '') AS organization`)
    expect(rows).toEqual([{ owner: true, organization: null }])
  })

  it("takes nothing but a UUID for an organization", async () => {
    for (const bad of ["", "acme", `${acme}'; DROP TABLE users; --`, acme.toUpperCase()]) {
      await expect(database.inTenant(bad, async () => 1)).rejects.toThrow(RangeError)
    }
  })

  it("deletes an organization with all it has", async () => {
    await database.system.delete(schema.organizations).where(eq(schema.organizations.id, globex))
    const left = await database.system
      .select()
      .from(schema.credentials)
      .where(eq(schema.credentials.organizationId, globex))
    expect(left).toEqual([])
  })
})

describeEachDatabase("a transaction", (open) => {
  let database: Database
  beforeAll(async () => {
    database = await open()
  })
  const { installation } = schema
  const readValue = async (key: string) =>
    (await database.system.select().from(installation).where(eq(installation.key, key)))[0]?.value

  it("keeps what was done when its function returns, and gives what it returns", async () => {
    const result = await database.inTransaction(async (tx) => {
      await tx.insert(installation).values({ key: "kept", value: "1" })
      return 42
    })
    expect(result).toBe(42)
    expect(await readValue("kept")).toBe("1")
  })

  it("undoes everything when its function throws, and throws the same", async () => {
    const failure = new Error("no")
    const transaction = database.inTransaction(async (tx) => {
      await tx.insert(installation).values({ key: "undone", value: "1" })
      throw failure
    })
    await expect(transaction).rejects.toBe(failure)
    expect(await readValue("undone")).toBeUndefined()
  })

  it("does not pretend to have kept what a swallowed error undid", async () => {
    const transaction = database.inTransaction(async (tx) => {
      await tx.insert(installation).values({ key: "swallowed", value: "1" })
      await tx.execute(sql`SELECT 1/0`).catch(() => {})
    })
    await expect(transaction).rejects.toThrow("rolled it back")
    expect(await readValue("swallowed")).toBeUndefined()
  })

  it("undoes only its inner part when that fails and is caught", async () => {
    await database.inTransaction(async (tx) => {
      await tx.insert(installation).values({ key: "outer", value: "1" })
      const inner = tx.transaction(async (deeper) => {
        await deeper.insert(installation).values({ key: "inner", value: "1" })
        await deeper.execute(sql`SELECT 1/0`)
      })
      await expect(inner).rejects.toThrow()
    })
    expect([await readValue("outer"), await readValue("inner")]).toEqual(["1", undefined])
  })

  it("tells a refused row from an absent store", async () => {
    const again = database.system.insert(installation).values({ key: "kept", value: "2" })
    await expect(again).rejects.toSatisfy((error) => !isStoreUnavailable(error))
    const deep = database.system
      .select()
      .from(installation)
      .where(and(eq(installation.key, sql`1/0`)))
    await expect(deep).rejects.toSatisfy((error) => !isStoreUnavailable(error))
  })

  it("answers a ping until it is closed, and is unavailable afterwards", async () => {
    const other = await open()
    await other.ping()
    await Promise.all([other.close(), other.close()])
    await expect(other.ping()).rejects.toSatisfy(isStoreUnavailable)
    await expect(other.inTransaction(async () => 1)).rejects.toSatisfy(isStoreUnavailable)
  })
})

describe("a server that is not there", () => {
  it("is unavailable, and an address that is none is refused without repeating it", async () => {
    const { openDatabase } = await import("./database.ts")
    const { silentLog } = await import("../../testing/database.ts")
    const openAt = (databaseUrl: string) =>
      openDatabase({ dataDir: "/nowhere", databaseUrl, clock: systemClock, log: silentLog })
    await expect(openAt("postgres://sluice:hush@127.0.0.1:1/sluice")).rejects.toSatisfy(isStoreUnavailable)
    const refusal = await openAt("postgres://sluice:hush@[nowhere/sluice").catch((error: unknown) => error)
    expect(String(refusal)).toContain("DATABASE_URL is not of the form")
    expect(String(refusal)).not.toContain("hush")
  })
})
