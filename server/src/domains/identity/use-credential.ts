import type { ProviderName } from "@sluice/protocol/providers"
import type { Actor } from "./actor.ts"
import type { Credential } from "./credential.ts"
import type { CredentialStore } from "./credential-store.ts"
import type { CredentialVault } from "./credential-vault.ts"
import type { EnvironmentCredential } from "./environment-credentials.ts"
import { compareCredentials } from "./hot.ts"
import { listCredentials } from "./list-credentials.ts"
import { withoutSecret } from "./without-secret.ts"

/** What looking a credential up takes. */
export interface UseCredentialDeps {
  readonly store: Pick<CredentialStore, "find" | "findOffered">
  readonly vault: Pick<CredentialVault, "decrypt">
  readonly environment: readonly EnvironmentCredential[]
}

/**
 * A credential that the actor's project can use, its own or an inherited one, with its secret: for other domains' calls on
 * the project's behalf, never for an answer. Null when it can use none with this id.
 */
export async function useCredential(
  deps: UseCredentialDeps,
  actor: Actor,
  id: string,
): Promise<EnvironmentCredential | null> {
  const fixed = deps.environment.find(({ credential }) => credential.id === id)
  if (fixed) return fixed.credential.projectId === actor.project.id ? fixed : null
  const place = { organizationId: actor.organization.id, projectId: actor.project.id }
  const stored = (await deps.store.find({ ...place, id })) ?? (await deps.store.findOffered(id))
  return stored && { credential: withoutSecret(stored), secret: await deps.vault.decrypt(stored) }
}

/** Credentials read at a time. */
const pageSize = 200

/**
 * The credential that the actor's project uses for a provider when nothing names one, as gateways choose it, with its
 * secret. Null when there is none.
 */
export async function usualCredential(
  deps: Omit<UseCredentialDeps, "store"> & { readonly store: CredentialStore },
  actor: Actor,
  provider: ProviderName,
): Promise<EnvironmentCredential | null> {
  let first: Rank | null = null
  for (let after: string | null = null, more = true; more; ) {
    const page = await listCredentials(deps, actor, { limit: pageSize, after })
    for (const credential of page.items) {
      const rank = toRank(credential)
      if (credential.provider === provider && (!first || compareCredentials(rank, first) < 0)) first = rank
    }
    after = page.next
    more = page.hasMore
  }
  return first && useCredential(deps, actor, first.id)
}

type Rank = Parameters<typeof compareCredentials>[0]

const toRank = ({ id, organizationId, projectId, scope, source, priority }: Credential): Rank => ({
  id,
  organizationId: scope === "installation" ? null : organizationId,
  projectId,
  source: source === "env" ? "environment" : "stored",
  priority,
})
