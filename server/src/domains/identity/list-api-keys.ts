import type { Actor } from "./actor.ts"
import type { ApiKey } from "./api-key.ts"
import type { ApiKeyStore } from "./api-key-store.ts"
import { type ListPage, toListPage } from "./list-page.ts"

/** The keys of the actor's project that are not revoked, newest first, after the key with the id `after`. */
export async function listApiKeys(
  deps: { readonly store: Pick<ApiKeyStore, "list"> },
  actor: Actor,
  page: { readonly limit: number; readonly after: string | null },
): Promise<ListPage<ApiKey>> {
  const place = { organizationId: actor.organization.id, projectId: actor.project.id }
  const rows = await deps.store.list(place, { limit: page.limit + 1, after: page.after })
  return toListPage(rows, page.limit)
}
