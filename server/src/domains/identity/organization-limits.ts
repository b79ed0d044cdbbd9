import type { Limits, LimitsChange } from "@sluice/protocol/limits"
import { preconditionFailed } from "../../platform/errors.ts"
import type { Actor } from "./actor.ts"
import { changeLimits } from "./change-limits.ts"
import type { OrganizationLimitStore } from "./organization-limit-store.ts"

/** What the limits of an organization take. `changed` is told after the commit, so that gateways hear of it at once. */
export interface OrganizationLimitDeps {
  readonly store: OrganizationLimitStore
  changed(): void
}

/** What the actor's organization may use, all its keys together. */
export const readOrganizationLimits = (deps: OrganizationLimitDeps, actor: Actor): Promise<Limits> =>
  deps.store.read(actor.organization.id)

/**
 * Changes some of the limits of the actor's organization: null lifts one, what is absent stays.
 * @throws ApiError `precondition_failed` when `expects` does not take the limits before for those the change was made for
 */
export async function changeOrganizationLimits(
  deps: OrganizationLimitDeps,
  actor: Actor,
  { values, expects }: { readonly values: LimitsChange; expects(before: Limits): boolean },
): Promise<Limits> {
  const limits = await deps.store.change(actor.organization.id, (before) => {
    if (!expects(before)) throw preconditionFailed("set of limits")
    return changeLimits(before, values)
  })
  deps.changed()
  return limits
}
