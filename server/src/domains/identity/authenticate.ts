import type { Clock } from "../../platform/clock.ts"
import { permissionDenied, unauthenticated } from "../../platform/errors.ts"
import type { Actor } from "./actor.ts"
import { hashApiKey } from "./api-key-secret.ts"
import type { ApiKeyStore } from "./api-key-store.ts"
import type { SessionStore } from "./session-store.ts"
import { findSession } from "./sign-in.ts"

/** What proving who one is takes. */
export interface AuthenticateDeps {
  readonly sessions: Pick<SessionStore, "find">
  readonly apiKeys: Pick<ApiKeyStore, "findByHash">
  readonly clock: Clock
  readonly sessionKey: Buffer
}

/**
 * Whoever holds this API key.
 * @throws ApiError `unauthenticated` when it is none of ours, revoked or expired, without saying which;
 *   `permission_denied` when its organization is disabled
 */
export async function authenticateKey(deps: AuthenticateDeps, secret: string): Promise<Actor> {
  const holder = /^slk_[A-Za-z0-9]{20,128}$/.test(secret) ? await deps.apiKeys.findByHash(hashApiKey(secret)) : null
  const expired = holder?.key.expiresAt && holder.key.expiresAt.getTime() <= deps.clock.now()
  if (!holder || expired) throw unauthenticated("This API key is not valid: it is unknown, revoked or expired.")
  if (holder.disabledAt) throw disabled()
  const { key, organization, workspace, project } = holder
  return {
    organization,
    workspace,
    project,
    user: null,
    role: null,
    key: {
      id: key.id,
      name: key.name,
      scopes: key.scopes,
      isRestricted: key.models !== null || Object.values(key.limits).some((limit) => limit !== null),
      expiresAt: key.expiresAt,
      isBootstrap: holder.isBootstrap,
    },
  }
}

/**
 * Whoever this session cookie belongs to; null when it belongs to nobody any more.
 * @throws ApiError `permission_denied` when the organization is disabled
 */
export async function authenticateSession(deps: AuthenticateDeps, cookie: string): Promise<Actor | null> {
  const holder = await findSession({ store: deps.sessions, clock: deps.clock, sessionKey: deps.sessionKey }, cookie)
  if (holder?.disabledAt) throw disabled()
  return holder?.actor ?? null
}

const disabled = () =>
  permissionDenied("me:read", "This organization is disabled. Whoever runs the installation can enable it.")
