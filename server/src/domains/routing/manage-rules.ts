import type { CreateRoutingRule, UpdateRoutingRule } from "@sluice/protocol/api/routing-rules"
import { maxRules } from "@sluice/protocol/routing-rule"
import type { Clock } from "../../platform/clock.ts"
import { conflict, notFound, preconditionFailed } from "../../platform/errors.ts"
import { createUuid } from "../../platform/ids.ts"
import type { Actor } from "../identity/index.ts"
import { type RoutingRule, toSetAction, toSetConditions } from "./routing-rule.ts"
import type { RoutingRuleStore, RulePlace } from "./routing-rule-store.ts"

/** What changing rules takes. `changed` is told after each commit, so that gateways hear of it at once. */
export interface ManageRulesDeps {
  readonly store: RoutingRuleStore
  readonly clock: Clock
  changed(): void
}

/** Which rule, and the version that was read; null: whatever there is. */
export interface ExpectedRule {
  readonly id: string
  readonly version: number | null
}

/** Where the actor stands. */
export const placeOf = (actor: Actor): RulePlace => ({
  organizationId: actor.organization.id,
  projectId: actor.project.id,
})

/** Makes a rule. @throws ApiError `conflict` when the project has as many as it may */
export async function createRule(deps: ManageRulesDeps, actor: Actor, wanted: CreateRoutingRule): Promise<RoutingRule> {
  const now = deps.clock.now()
  const rule = {
    ...placeOf(actor),
    id: createUuid(now),
    name: wanted.name,
    priority: wanted.priority ?? null,
    enabled: wanted.enabled,
    match: toSetConditions(wanted.match),
    action: toSetAction(wanted.action),
    createdAt: new Date(now),
    createdBy: actor.user?.id ?? null,
  }
  const stored = await deps.store.insert(rule, maxRules)
  if (stored === "full")
    throw conflict(`A project has ${maxRules} routing rules at most. Delete one that is not needed.`)
  deps.changed()
  return stored
}

/** Changes what is given. @throws ApiError `not_found`, or `precondition_failed` when it was changed meanwhile */
export async function changeRule(
  deps: ManageRulesDeps,
  actor: Actor,
  { id, version }: ExpectedRule,
  wanted: UpdateRoutingRule,
): Promise<RoutingRule> {
  const { match, action, ...others } = wanted
  const change = {
    ...others,
    ...(match ? { match: toSetConditions(match) } : {}),
    ...(action ? { action: toSetAction(action) } : {}),
  }
  const condition = { version, at: new Date(deps.clock.now()) }
  const rule = await deps.store.update({ ...placeOf(actor), id }, change, condition)
  if (rule === "missing") throw notFound("routing rule")
  if (rule === "stale") throw preconditionFailed("routing rule")
  deps.changed()
  return rule
}

/** Deletes a rule for good. @throws ApiError `not_found`, or `precondition_failed` when it was changed meanwhile */
export async function deleteRule(deps: ManageRulesDeps, actor: Actor, { id, version }: ExpectedRule): Promise<void> {
  const result = await deps.store.delete({ ...placeOf(actor), id }, version)
  if (result === "missing") throw notFound("routing rule")
  if (result === "stale") throw preconditionFailed("routing rule")
  deps.changed()
}

/** Puts the rules in this order. @throws ApiError `conflict` when these are not exactly the project's rules */
export async function reorderRules(
  deps: ManageRulesDeps,
  actor: Actor,
  ids: readonly string[],
): Promise<RoutingRule[]> {
  const done = await deps.store.reorder(placeOf(actor), ids, new Date(deps.clock.now()))
  if (!done)
    throw conflict(
      "The order must name every routing rule of the project once. Read the list again; it may have changed.",
    )
  deps.changed()
  return deps.store.list(placeOf(actor), { limit: maxRules, after: null })
}
