import type { Clock } from "../../platform/clock.ts"
import { notFound } from "../../platform/errors.ts"
import type { Actor } from "./actor.ts"
import type { ApiKeyStore } from "./api-key-store.ts"

/** What revoking takes. `changed` is told after the commit. */
export interface RevokeApiKeyDeps {
  readonly store: Pick<ApiKeyStore, "revoke">
  readonly clock: Clock
  changed(): void
}

/**
 * Revokes a key of the actor's project for good.
 * @throws ApiError `not_found` when there is none in that project, or it is revoked already
 */
export async function revokeApiKey(deps: RevokeApiKeyDeps, actor: Actor, id: string): Promise<void> {
  const reference = { organizationId: actor.organization.id, projectId: actor.project.id, id }
  const revoked = await deps.store.revoke(reference, new Date(deps.clock.now()))
  if (!revoked) throw notFound("API key")
  deps.changed()
}
