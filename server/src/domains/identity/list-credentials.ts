import type { Actor } from "./actor.ts"
import type { Credential } from "./credential.ts"
import type { CredentialPage, CredentialStore } from "./credential-store.ts"
import type { EnvironmentCredential } from "./environment-credentials.ts"
import type { ListPage } from "./list-page.ts"
import { withoutSecret } from "./without-secret.ts"

/** Where credentials come from, nearest first: the order in which a project uses them. */
const levels = ["project", "organization", "installation", "environment"] as const

/** Where a list goes on: at one of the levels, after the credential with this id, or from its beginning. */
const position = /^(project|organization|installation|environment):([0-9a-f-]{36})?$/

/**
 * Every credential the actor's project can use: its own, its organization's, those offered to the whole installation, and
 * the environment's; within a level the newest first. `after` is what `next` of the page before said.
 */
export async function listCredentials(
  deps: { readonly store: CredentialStore; readonly environment: readonly EnvironmentCredential[] },
  actor: Actor,
  page: { readonly limit: number; readonly after: string | null },
): Promise<ListPage<Credential> & { readonly next: string | null }> {
  const [, startLevel, startAfter] = page.after?.match(position) ?? []
  const first = Math.max(0, levels.indexOf((startLevel ?? "project") as (typeof levels)[number]))
  const items: Credential[] = []
  for (let at = first; at < levels.length; at += 1) {
    const level = levels[at] as (typeof levels)[number]
    const after = at === first ? (startAfter ?? null) : null
    const room = page.limit - items.length
    const found = await readLevel(deps, actor, level, { limit: room + 1, after })
    items.push(...found.slice(0, room))
    if (found.length > room) {
      const last = room > 0 ? found[room - 1]?.id : after
      return { items, hasMore: true, next: `${level}:${last ?? ""}` }
    }
  }
  return { items, hasMore: false, next: null }
}

async function readLevel(
  { store, environment }: { readonly store: CredentialStore; readonly environment: readonly EnvironmentCredential[] },
  actor: Actor,
  level: (typeof levels)[number],
  page: CredentialPage,
): Promise<readonly Credential[]> {
  const place = { organizationId: actor.organization.id, projectId: actor.project.id }
  if (level === "installation") return (await store.listOffered(page)).map((offered) => withoutDetails(offered, actor))
  if (level !== "environment") return (await store.list(place, level, page)).map(withoutSecret)
  const own = environment.filter(({ credential }) => credential.projectId === actor.project.id)
  const from = page.after === null ? 0 : own.findIndex(({ credential }) => credential.id === page.after) + 1
  const shown = own.slice(from, from + page.limit)
  const uses = shown.length === 0 ? null : await store.environmentUses(place)
  return shown.map(({ credential }) => ({ ...credential, lastUsedAt: uses?.get(credential.provider) ?? null }))
}

/** Who offers a credential to everyone tells the others that it is there, and nothing of what it is. */
function withoutDetails(credential: Credential, actor: Actor): Credential {
  if (credential.organizationId === actor.organization.id) return credential
  return { ...credential, lastFour: "", baseUrl: null, options: {}, priority: 0, lastUsedAt: null }
}
