import type { UpdateApiKey } from "@sluice/protocol/api/api-keys"
import { notFound, permissionDenied, preconditionFailed } from "../../platform/errors.ts"
import type { Actor } from "./actor.ts"
import type { ApiKey } from "./api-key.ts"
import type { ApiKeyStore } from "./api-key-store.ts"
import { changeLimits } from "./change-limits.ts"

/** What changing a key takes. `changed` is told after the commit. */
export interface UpdateApiKeyDeps {
  readonly store: Pick<ApiKeyStore, "update">
  changed(): void
}

/** What is to become of a key. `expects` says whether the state before the change is the one it was made for. */
export interface ApiKeyChange {
  readonly id: string
  readonly values: UpdateApiKey
  expects(before: ApiKey): boolean
}

/**
 * Changes the name or some limits of a key of the actor's project; what is absent stays.
 * @throws ApiError `not_found` when there is none in that project, or it is revoked; `precondition_failed`;
 *   `permission_denied` when a key would change its own limits
 */
export async function updateApiKey(
  deps: UpdateApiKeyDeps,
  actor: Actor,
  { id, values, expects }: ApiKeyChange,
): Promise<ApiKey> {
  if (values.limits !== undefined && actor.key?.id === id) {
    throw permissionDenied("api-key:write", "A key does not change its own limits. Use another one, or sign in.")
  }
  const reference = { organizationId: actor.organization.id, projectId: actor.project.id, id }
  const key = await deps.store.update(reference, (before) => {
    if (!expects(before)) throw preconditionFailed("API key")
    return { name: values.name ?? before.name, limits: changeLimits(before.limits, values.limits) }
  })
  if (!key) throw notFound("API key")
  deps.changed()
  return key
}
