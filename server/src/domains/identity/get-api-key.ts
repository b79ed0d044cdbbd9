import { notFound } from "../../platform/errors.ts"
import type { Actor } from "./actor.ts"
import type { ApiKey } from "./api-key.ts"
import type { ApiKeyStore } from "./api-key-store.ts"

/**
 * A key of the actor's project, without its secret.
 * @throws ApiError `not_found` when there is none in that project, or it is revoked
 */
export async function getApiKey(
  deps: { readonly store: Pick<ApiKeyStore, "find"> },
  actor: Actor,
  id: string,
): Promise<ApiKey> {
  const key = await deps.store.find({ organizationId: actor.organization.id, projectId: actor.project.id, id })
  if (!key) throw notFound("API key")
  return key
}
