import { createHmac } from "node:crypto"
import type { Clock } from "../../platform/clock.ts"
import { isSameSecret, type RandomBytes, sha256 } from "../../platform/crypto.ts"
import { createUuid } from "../../platform/ids.ts"
import type { Place } from "./actor.ts"
import type { SessionHolder, SessionStore } from "./session-store.ts"

/** How long a session lasts, in milliseconds: 30 days. */
export const sessionLifetimeMs = 30 * 24 * 60 * 60 * 1000

/** A session that was just begun: the cookie's value is shown here and kept nowhere. */
export interface OpenedSession {
  readonly cookie: string
  readonly expiresAt: Date
}

/**
 * Begins a session under a fresh value, never under one the browser brought. The value carries a signature, so that one
 * nobody issued is refused without asking the database.
 */
export async function openSession(
  deps: {
    readonly store: Pick<SessionStore, "insert">
    readonly clock: Clock
    readonly random: RandomBytes
    readonly sessionKey: Buffer
  },
  who: {
    readonly userId: string
    readonly place: Place
    readonly ipAddress: string | null
    readonly userAgent: string | null
  },
): Promise<OpenedSession> {
  const now = deps.clock.now()
  const token = deps.random(32).toString("base64url")
  const cookie = `${token}.${signatureOf(deps.sessionKey, token)}`
  const expiresAt = new Date(now + sessionLifetimeMs)
  await deps.store.insert({
    id: createUuid(now),
    userId: who.userId,
    tokenHash: hashCookie(cookie),
    organizationId: who.place.organization.id,
    projectId: who.place.project.id,
    createdAt: new Date(now),
    expiresAt,
    ipAddress: who.ipAddress,
    userAgent: who.userAgent?.slice(0, 512) ?? null,
  })
  return { cookie, expiresAt }
}

/** Who a session cookie belongs to; null when it was never issued, was signed out or has expired. */
export async function findSession(
  deps: { readonly store: Pick<SessionStore, "find">; readonly clock: Clock; readonly sessionKey: Buffer },
  cookie: string,
): Promise<SessionHolder | null> {
  const [token = "", signature = "", ...rest] = cookie.split(".")
  if (rest.length > 0 || !isSameSecret(signature, signatureOf(deps.sessionKey, token))) return null
  return deps.store.find(hashCookie(cookie), new Date(deps.clock.now()))
}

/** Ends the session of a cookie, wherever it was copied to. */
export const closeSession = (store: Pick<SessionStore, "delete">, cookie: string): Promise<void> =>
  store.delete(hashCookie(cookie))

const signatureOf = (key: Buffer, token: string): string =>
  createHmac("sha256", key).update(token).digest("base64url").slice(0, 22)

const hashCookie = (cookie: string): string => sha256(cookie).toString("hex")
