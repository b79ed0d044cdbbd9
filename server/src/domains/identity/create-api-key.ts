import type { CreateApiKey, KeyScope } from "@sluice/protocol/api/api-keys"
import { noLimits } from "@sluice/protocol/limits"
import type { Clock } from "../../platform/clock.ts"
import type { RandomBytes } from "../../platform/crypto.ts"
import { permissionDenied, validationFailed } from "../../platform/errors.ts"
import { createUuid } from "../../platform/ids.ts"
import type { Actor } from "./actor.ts"
import type { ApiKey } from "./api-key.ts"
import { createApiKeySecret, hashApiKey, lastFourOf } from "./api-key-secret.ts"
import type { ApiKeyStore, NewApiKey } from "./api-key-store.ts"
import { changeLimits } from "./change-limits.ts"

/** A key that was just made, with its secret: shown once, kept nowhere. */
export interface CreatedApiKey {
  readonly key: ApiKey
  readonly secret: string
}

/** What making a key takes. `changed` is told after the commit, so that gateways hear of it at once. */
export interface CreateApiKeyDeps {
  readonly store: Pick<ApiKeyStore, "insert">
  readonly clock: Clock
  readonly random: RandomBytes
  changed(): void
}

/**
 * Makes a key in the actor's project.
 * @throws ApiError `validation_failed` for an expiry that has passed, `permission_denied` when a key would hand out a scope
 *   that it does not have itself, or a key that is good for longer or for more than itself
 */
export async function createApiKey(deps: CreateApiKeyDeps, actor: Actor, wanted: CreateApiKey): Promise<CreatedApiKey> {
  const now = deps.clock.now()
  const expiresAt = wanted.expires_at ? new Date(wanted.expires_at) : null
  if (expiresAt && expiresAt.getTime() <= now) {
    throw validationFailed([{ field: "expires_at", message: "has passed; give a time to come, or leave it out" }])
  }
  if (actor.key) refuseMore(actor.key, wanted.scopes, expiresAt)
  const secret = createApiKeySecret(wanted.environment, deps.random)
  const { hash, createdBy, ...key }: NewApiKey = {
    id: createUuid(now),
    organizationId: actor.organization.id,
    projectId: actor.project.id,
    name: wanted.name,
    hash: hashApiKey(secret),
    lastFour: lastFourOf(secret),
    scopes: [...new Set(wanted.scopes)],
    models: wanted.models ?? null,
    environment: wanted.environment,
    limits: changeLimits(noLimits, wanted.limits),
    expiresAt,
    createdAt: new Date(now),
    lastUsedAt: null,
    createdBy: actor.user?.id ?? null,
  }
  await deps.store.insert({ ...key, hash, createdBy })
  deps.changed()
  return { key, secret }
}

/** What a key makes is good for no more than it is good for itself: else whoever limited it limited nothing. */
function refuseMore(maker: NonNullable<Actor["key"]>, scopes: readonly KeyScope[], expiresAt: Date | null): void {
  const excess = scopes.filter((scope) => !maker.scopes.includes(scope))
  if (excess.length > 0) {
    throw permissionDenied("api-key:write", `A key can only give scopes it has; this one lacks ${excess.join(", ")}.`)
  }
  if (maker.isRestricted) {
    throw permissionDenied(
      "api-key:write",
      "A key with limits or with a list of models makes no other keys. Use one without, or sign in.",
    )
  }
  if (maker.expiresAt && (expiresAt === null || expiresAt > maker.expiresAt)) {
    throw permissionDenied(
      "api-key:write",
      `A key makes no key that outlives it; this one expires at ${maker.expiresAt.toISOString()}.`,
    )
  }
}
