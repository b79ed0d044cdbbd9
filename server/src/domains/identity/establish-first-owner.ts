import { keyScopes } from "@sluice/protocol/api/api-keys"
import { noLimits } from "@sluice/protocol/limits"
import type { Clock } from "../../platform/clock.ts"
import type { RandomBytes } from "../../platform/crypto.ts"
import { createUuid } from "../../platform/ids.ts"
import type { Place } from "./actor.ts"
import { createApiKeySecret, hashApiKey, lastFourOf } from "./api-key-secret.ts"
import type { ApiKeyStore, NewApiKey } from "./api-key-store.ts"
import type { TenancyStore } from "./tenancy-store.ts"

/** What a start finds or makes. */
export interface FirstOwner {
  /** The organization, workspace and project everything belongs to until more are made. */
  readonly place: Place
  /** UUID of the owner, for a sign-in link. */
  readonly ownerId: string
  /** True at the first start of this database only. */
  readonly created: boolean
  /** The first key, to be shown once; null when nothing was made, or a bootstrap key was given instead. */
  readonly firstKey: string | null
}

/** What a start takes. `bootstrapKey` is `SLUICE_BOOTSTRAP_KEY`, already checked. */
export interface EstablishFirstOwnerDeps {
  readonly tenancy: Pick<TenancyStore, "establish">
  readonly apiKeys: Pick<ApiKeyStore, "assertBootstrapKey">
  readonly clock: Clock
  readonly random: RandomBytes
  readonly bootstrapKey: string | null
  /** A demonstration names what it makes as one, so that no screen of it is taken for somebody's own. */
  readonly isDemo?: boolean
}

/**
 * Makes what an installation cannot do without, at the first start, and nothing at later ones: an organization, a workspace,
 * a project, an owner and a key for applications. The bootstrap key is put in force at every start, with every scope,
 * even when it was revoked meanwhile: whoever sets the variable decides.
 */
export async function establishFirstOwner(deps: EstablishFirstOwnerDeps): Promise<FirstOwner> {
  const now = deps.clock.now()
  const named = (name: string) => ({ id: createUuid(now), name })
  const tenant = deps.isDemo
    ? { organization: named("Demo company"), workspace: named("Default"), project: named("Demo project") }
    : { organization: named("My organization"), workspace: named("Default"), project: named("Default project") }
  const secret = deps.bootstrapKey === null ? createApiKeySecret("production", deps.random) : null
  const key = secret === null ? null : { ...toNewKey(tenant, secret, now), name: "First key" }
  const { created, place, ownerId } = await deps.tenancy.establish({
    ...tenant,
    owner: { ...named("Owner"), email: "owner@localhost" },
    memberId: createUuid(now),
    key,
  })
  if (deps.bootstrapKey !== null) {
    const asserted = toNewKey(place, deps.bootstrapKey, now)
    await deps.apiKeys.assertBootstrapKey({ ...asserted, name: "SLUICE_BOOTSTRAP_KEY", scopes: keyScopes })
  }
  return { place, ownerId, created, firstKey: created ? secret : null }
}

/** A key for applications: it may call models and nothing else. */
const toNewKey = (place: Place, secret: string, now: number): Omit<NewApiKey, "name"> => ({
  id: createUuid(now),
  organizationId: place.organization.id,
  projectId: place.project.id,
  hash: hashApiKey(secret),
  lastFour: lastFourOf(secret),
  scopes: ["gateway"],
  models: null,
  environment: "production",
  limits: noLimits,
  expiresAt: null,
  createdAt: new Date(now),
  lastUsedAt: null,
  createdBy: null,
})
