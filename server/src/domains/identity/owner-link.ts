import type { Clock } from "../../platform/clock.ts"
import { type RandomBytes, sha256 } from "../../platform/crypto.ts"
import { createUuid } from "../../platform/ids.ts"
import type { SessionStore } from "./session-store.ts"
import { type OpenedSession, openSession } from "./sign-in.ts"
import type { TenancyStore } from "./tenancy-store.ts"

/** How long an owner link works unless told otherwise, in milliseconds: a day. */
export const ownerLinkLifetimeMs = 24 * 60 * 60 * 1000

/** A sign-in link for the owner, shown once and good once. */
export interface OwnerLink {
  /** Below the dashboard's address: `/sign-in?token=…`. */
  readonly path: string
  readonly expiresAt: Date
}

/** Issues a link for a person and ends the one issued before. Only the token's SHA-256 is stored. */
export async function issueOwnerLink(
  deps: {
    readonly store: Pick<SessionStore, "replaceLink">
    readonly clock: Clock
    readonly random: RandomBytes
    readonly lifetimeMs?: number
  },
  userId: string,
): Promise<OwnerLink> {
  const now = deps.clock.now()
  const token = `slo_${deps.random(32).toString("base64url")}`
  const expiresAt = new Date(now + (deps.lifetimeMs ?? ownerLinkLifetimeMs))
  await deps.store.replaceLink({
    id: createUuid(now),
    identifier: `owner-link:${userId}`,
    tokenHash: hashToken(token),
    createdAt: new Date(now),
    expiresAt,
  })
  return { path: `/sign-in?token=${token}`, expiresAt }
}

/** What using a link takes. */
export interface ConsumeOwnerLinkDeps {
  readonly store: Pick<SessionStore, "takeLink" | "insert">
  readonly tenancy: Pick<TenancyStore, "findMembership">
  readonly clock: Clock
  readonly random: RandomBytes
  readonly sessionKey: Buffer
}

/** Uses a link up and signs its person in; null when it was used, has expired or never was. */
export async function consumeOwnerLink(
  deps: ConsumeOwnerLinkDeps,
  token: string,
  from: { readonly ipAddress: string | null; readonly userAgent: string | null },
): Promise<OpenedSession | null> {
  if (!/^slo_[A-Za-z0-9_-]{43}$/.test(token)) return null
  const identifier = await deps.store.takeLink(hashToken(token), new Date(deps.clock.now()))
  const userId = identifier?.match(/^owner-link:(.+)$/)?.[1]
  const membership = userId ? await deps.tenancy.findMembership(userId) : null
  if (!userId || !membership) return null
  return openSession(deps, { userId, place: membership.place, ...from })
}

const hashToken = (token: string): string => sha256(token).toString("hex")
