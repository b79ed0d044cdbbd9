import { maxPriority } from "@sluice/protocol/api/routing-rules"
import { sql } from "drizzle-orm"
import { beforeAll, expect, it } from "vitest"
import type { Database } from "../../platform/database/database.ts"
import { createUuid } from "../../platform/ids.ts"
import { describeEachDatabase } from "../../testing/database.ts"
import { createRoutingRuleStore, type NewRule, type RoutingRuleStore } from "./routing-rule-store.ts"

const at = new Date("2025-06-01T12:00:00Z")
const later = new Date("2025-06-01T13:00:00Z")

describeEachDatabase("routing rules", (open) => {
  let database: Database
  let store: RoutingRuleStore
  let made = 0

  /** A tenant with one project. */
  async function addTenant(): Promise<{ organizationId: string; projectId: string }> {
    const [organizationId, workspaceId, projectId] = [1, 2, 3].map(() => createUuid(at.getTime())) as [
      string,
      string,
      string,
    ]
    await database.system.execute(
      sql`INSERT INTO organizations (id, name, slug) VALUES (${organizationId}, 'Tenant', ${organizationId})`,
    )
    await database.system.execute(
      sql`INSERT INTO workspaces (id, organization_id, name) VALUES (${workspaceId}, ${organizationId}, 'W')`,
    )
    await database.system.execute(
      sql`INSERT INTO projects (id, organization_id, workspace_id, name)
          VALUES (${projectId}, ${organizationId}, ${workspaceId}, 'P')`,
    )
    return { organizationId, projectId }
  }

  const newRule = (place: { organizationId: string; projectId: string }, part: Partial<NewRule> = {}): NewRule => {
    made += 1
    return {
      ...place,
      id: createUuid(at.getTime() + made),
      name: `rule ${made}`,
      priority: null,
      enabled: true,
      match: { feature: "checkout" },
      action: { model: "gpt-4o-mini" },
      createdAt: at,
      createdBy: null,
      ...part,
    }
  }

  const changesOf = async (id: string): Promise<number> => {
    const { rows } = await database.system.execute(
      sql`SELECT 1 FROM snapshot_changes WHERE kind = 'rule' AND entity_id = ${id}`,
    )
    return rows.length
  }

  beforeAll(async () => {
    database = await open()
    store = createRoutingRuleStore(database)
  })

  it("are stored behind the others unless they say where, and listed in order, page by page", async () => {
    const place = await addTenant()
    const first = newRule(place)
    const second = newRule(place)
    const front = newRule(place, { priority: 5 })
    const beside = newRule(place, { priority: 10 })
    for (const rule of [first, second, front, beside]) await store.insert(rule, 10)
    const all = await store.list(place, { limit: 10, after: null })
    expect(all.map(({ id, priority }) => [id, priority])).toEqual([
      [front.id, 5],
      [first.id, 10],
      [beside.id, 10],
      [second.id, 20],
    ])
    const [, , third] = all
    const rest = await store.list(place, { limit: 10, after: third ?? null })
    expect(rest.map(({ id }) => id)).toEqual([second.id])
    expect(all[1]).toMatchObject({ version: 1, match: { feature: "checkout" }, action: { model: "gpt-4o-mini" } })
  })

  it("stay within the greatest priority when they go behind one that has it", async () => {
    const place = await addTenant()
    const last = newRule(place, { priority: maxPriority })
    const behind = newRule(place)
    for (const rule of [last, behind]) await store.insert(rule, 10)
    const all = await store.list(place, { limit: 10, after: null })
    expect(all.map(({ id, priority }) => [id, priority])).toEqual([
      [last.id, maxPriority],
      [behind.id, maxPriority],
    ])
  })

  it("are no more than a project may have, however many ask at once", async () => {
    const place = await addTenant()
    const results = await Promise.all(Array.from({ length: 6 }, () => store.insert(newRule(place), 3)))
    expect(results.filter((result) => result === "full")).toHaveLength(3)
    const priorities = (await store.list(place, { limit: 10, after: null })).map(({ priority }) => priority)
    expect(priorities).toEqual([10, 20, 30])
  })

  it("change only from the version that was read, one step each time, and tell gateways", async () => {
    const rule = newRule(await addTenant())
    await store.insert(rule, 10)
    const changed = await store.update(rule, { enabled: false, name: "off" }, { version: 1, at: later })
    expect(changed).toMatchObject({ enabled: false, name: "off", version: 2, priority: 10, updatedAt: later })
    expect(await store.update(rule, { name: "late" }, { version: 1, at: later })).toBe("stale")
    expect(await store.update(rule, { name: "forced" }, { version: null, at: later })).toMatchObject({ version: 3 })
    expect(await store.delete(rule, 2)).toBe("stale")
    expect(await store.delete(rule, 3)).toBe("deleted")
    expect(await store.delete(rule, null)).toBe("missing")
    expect(await changesOf(rule.id)).toBe(4)
  })

  it("take a new order only as a whole", async () => {
    const place = await addTenant()
    const rules = [newRule(place), newRule(place), newRule(place)]
    for (const rule of rules) await store.insert(rule, 10)
    const [a = "", b = "", c = ""] = rules.map(({ id }) => id)
    expect(await store.reorder(place, [a, b], later)).toBe(false)
    expect(await store.reorder(place, [a, b, b], later)).toBe(false)
    expect(await store.reorder(place, [a, b, createUuid(1)], later)).toBe(false)
    expect(await store.reorder(place, [b, a, c], later)).toBe(true)
    const all = await store.list(place, { limit: 10, after: null })
    expect(all.map(({ id, version }) => [id, version])).toEqual([
      [b, 2],
      [a, 2],
      [c, 1],
    ])
    expect([await changesOf(a), await changesOf(c)]).toEqual([2, 1])
  })

  it("are loaded for gateways while they are enabled, whosever they are", async () => {
    const rules = [newRule(await addTenant()), newRule(await addTenant(), { enabled: false })]
    for (const rule of rules) await store.insert(rule, 10)
    const ids = rules.map(({ id }) => id)
    expect((await store.loadEnabled(ids)).map(({ id }) => id)).toEqual([ids[0]])
    expect((await store.loadEnabled()).map(({ id }) => id)).toContain(ids[0])
    expect(await store.loadEnabled([])).toEqual([])
  })

  it("are out of reach for another organization, also for a query that forgets to ask", async () => {
    const mine = await addTenant()
    const other = await addTenant()
    const rule = newRule(mine)
    await store.insert(rule, 10)
    const reached = { ...other, id: rule.id }
    expect(await store.find(reached)).toBeNull()
    expect(await store.update(reached, { enabled: false }, { version: null, at: later })).toBe("missing")
    expect(await store.delete(reached, null)).toBe("missing")
    expect(await store.list({ ...mine, organizationId: other.organizationId }, { limit: 5, after: null })).toEqual([])
    const { rows } = await database.inTenant(other.organizationId, (tx) =>
      tx.execute(sql`SELECT id FROM routing_rules`),
    )
    expect(rows).toEqual([])
  })
})
