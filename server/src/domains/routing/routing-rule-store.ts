import { maxPriority } from "@sluice/protocol/api/routing-rules"
import { and, asc, count, eq, gt, inArray, max, or, sql } from "drizzle-orm"
import type { Database, Transaction } from "../../platform/database/database.ts"
import { projects, routingRules } from "../../platform/database/schema.ts"
import { recordSnapshotChanges } from "../identity/index.ts"
import type { RoutingRule, RuleDraft } from "./routing-rule.ts"

/** Whose rules. */
export interface RulePlace {
  readonly organizationId: string
  readonly projectId: string
}

/** One rule of a project. Ids are UUIDs. */
export interface RuleReference extends RulePlace {
  readonly id: string
}

/** Where a list of rules goes on: after this one. */
export interface RulePosition {
  readonly priority: number
  readonly id: string
}

/** A rule to be stored, without what the store decides. */
export type NewRule = Omit<RoutingRule, "priority" | "version" | "updatedAt"> & {
  readonly priority: number | null
  readonly createdBy: string | null
}

/** A rule, or why there is none to give: no such rule, or another version than the one expected. */
export type ChangedRule = RoutingRule | "missing" | "stale"

/** Rules by organization and project. What changes one also tells gateways. */
export interface RoutingRuleStore {
  /** The rule as it was stored, or `full` when the project has `limit` rules already. */
  insert(rule: NewRule, limit: number): Promise<RoutingRule | "full">
  /** At most `limit` rules in the order in which they are tried. */
  list(place: RulePlace, page: { readonly limit: number; readonly after: RulePosition | null }): Promise<RoutingRule[]>
  find(reference: RuleReference): Promise<RoutingRule | null>
  /** Changes the fields that are given. `version` null: whatever there is. */
  update(
    reference: RuleReference,
    change: Partial<RuleDraft>,
    condition: { readonly version: number | null; readonly at: Date },
  ): Promise<ChangedRule>
  delete(reference: RuleReference, version: number | null): Promise<"deleted" | "missing" | "stale">
  /** Gives the rules this order; false when these are not exactly the project's rules. */
  reorder(place: RulePlace, ids: readonly string[], at: Date): Promise<boolean>
  /** Rules of every project, enabled ones only: all, or those with these ids. */
  loadEnabled(ids?: readonly string[]): Promise<RoutingRule[]>
}

/** Between the priorities that we give ourselves, so that a rule can be put between two others. */
export const priorityStep = 10

type Row = typeof routingRules.$inferSelect

const toRule = ({ createdBy: _createdBy, ...rule }: Row): RoutingRule => rule

const inPlace = ({ organizationId, projectId }: RulePlace) =>
  and(eq(routingRules.organizationId, organizationId), eq(routingRules.projectId, projectId))

const isReferred = (reference: RuleReference) => and(inPlace(reference), eq(routingRules.id, reference.id))

const inOrder = [asc(routingRules.priority), asc(routingRules.id)]

/** Rules in the database, inside the fence of their organization; only what gateways load crosses it. */
export function createRoutingRuleStore(database: Pick<Database, "inTenant" | "system">): RoutingRuleStore {
  return {
    insert: (rule, limit) => database.inTenant(rule.organizationId, (tx) => insertRule(tx, rule, limit)),
    list: (place, { limit, after }) =>
      database.inTenant(place.organizationId, async (tx) => {
        const behind = after
          ? or(
              gt(routingRules.priority, after.priority),
              and(eq(routingRules.priority, after.priority), gt(routingRules.id, after.id)),
            )
          : undefined
        const rows = await tx
          .select()
          .from(routingRules)
          .where(and(inPlace(place), behind))
          .orderBy(...inOrder)
          .limit(limit)
        return rows.map(toRule)
      }),
    find: (reference) =>
      database.inTenant(reference.organizationId, async (tx) => {
        const [row] = await tx.select().from(routingRules).where(isReferred(reference))
        return row ? toRule(row) : null
      }),
    update: (reference, change, condition) =>
      database.inTenant(reference.organizationId, (tx) => updateRule(tx, reference, change, condition)),
    delete: (reference, version) =>
      database.inTenant(reference.organizationId, async (tx) => {
        const found = await lockRule(tx, reference, version)
        if (typeof found === "string") return found
        await tx.delete(routingRules).where(isReferred(reference))
        await announce(tx, [reference.id])
        return "deleted"
      }),
    reorder: (place, ids, at) => database.inTenant(place.organizationId, (tx) => reorderRules(tx, place, ids, at)),
    async loadEnabled(ids) {
      const rows = await database.system
        .select()
        .from(routingRules)
        .where(and(eq(routingRules.enabled, true), ids && inArray(routingRules.id, [...ids])))
      return rows.map(toRule)
    },
  }
}

const announce = (tx: Transaction, ids: readonly string[]): Promise<void> =>
  recordSnapshotChanges(
    tx,
    ids.map((entityId) => ({ kind: "rule" as const, entityId })),
  )

/** One writer of a project's order at a time. */
const lockProject = (tx: Transaction, { projectId }: RulePlace) =>
  tx.select({ id: projects.id }).from(projects).where(eq(projects.id, projectId)).for("no key update")

async function insertRule(tx: Transaction, rule: NewRule, limit: number): Promise<RoutingRule | "full"> {
  await lockProject(tx, rule)
  const [known] = await tx
    .select({ rules: count(), last: max(routingRules.priority) })
    .from(routingRules)
    .where(inPlace(rule))
  if ((known?.rules ?? 0) >= limit) return "full"
  const priority = rule.priority ?? Math.min(maxPriority, (known?.last ?? 0) + priorityStep)
  const [row] = await tx
    .insert(routingRules)
    .values({ ...rule, priority, version: 1, updatedAt: rule.createdAt })
    .returning()
  await announce(tx, [rule.id])
  return toRule(row as Row)
}

/** The rule, held until the transaction ends. */
async function lockRule(tx: Transaction, reference: RuleReference, version: number | null): Promise<ChangedRule> {
  const [row] = await tx.select().from(routingRules).where(isReferred(reference)).for("update")
  if (!row) return "missing"
  return version === null || version === row.version ? toRule(row) : "stale"
}

async function updateRule(
  tx: Transaction,
  reference: RuleReference,
  change: Partial<RuleDraft>,
  { version, at }: { readonly version: number | null; readonly at: Date },
): Promise<ChangedRule> {
  const found = await lockRule(tx, reference, version)
  if (typeof found === "string") return found
  const { priority, ...others } = change
  const [row] = await tx
    .update(routingRules)
    .set({ ...others, priority: priority ?? found.priority, version: found.version + 1, updatedAt: at })
    .where(isReferred(reference))
    .returning()
  await announce(tx, [reference.id])
  return toRule(row as Row)
}

async function reorderRules(tx: Transaction, place: RulePlace, ids: readonly string[], at: Date): Promise<boolean> {
  await lockProject(tx, place)
  const rows = await tx
    .select({ id: routingRules.id })
    .from(routingRules)
    .where(inPlace(place))
    .orderBy(asc(routingRules.id))
    .for("update")
  const wanted = new Set(ids)
  if (wanted.size !== ids.length || rows.length !== ids.length || !rows.every(({ id }) => wanted.has(id))) return false
  const list = JSON.stringify(ids.map((id, index) => ({ id, priority: (index + 1) * priorityStep })))
  const moved = await tx.execute<{ id: string }>(sql`
    UPDATE routing_rules AS old SET priority = new.priority, version = old.version + 1, updated_at = ${at.toISOString()}
    FROM jsonb_to_recordset(${list}::text::jsonb) AS new (id uuid, priority int)
    WHERE old.id = new.id AND old.priority <> new.priority
      AND old.organization_id = ${place.organizationId} AND old.project_id = ${place.projectId}
    RETURNING old.id`)
  if (moved.rows.length > 0)
    await announce(
      tx,
      moved.rows.map(({ id }) => id),
    )
  return true
}
