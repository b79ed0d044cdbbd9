import { and, eq, gt } from "drizzle-orm"
import type { Database } from "../../platform/database/database.ts"
import {
  members,
  organizations,
  projects,
  sessions,
  users,
  verifications,
  workspaces,
} from "../../platform/database/schema.ts"
import type { Actor } from "./actor.ts"
import type { Role } from "./permission.ts"
import { placeColumns } from "./tenancy-store.ts"

/** A session to be stored. `tokenHash` is the SHA-256 of the cookie's value, 64 hexadecimal digits. */
export interface NewSession {
  readonly id: string
  readonly userId: string
  readonly tokenHash: string
  readonly organizationId: string
  readonly projectId: string
  readonly createdAt: Date
  readonly expiresAt: Date
  readonly ipAddress: string | null
  readonly userAgent: string | null
}

/** Whoever a session belongs to. */
export interface SessionHolder {
  readonly actor: Actor
  readonly disabledAt: Date | null
}

/** Sessions of browsers and the one-time links that begin them. */
export interface SessionStore {
  insert(session: NewSession): Promise<void>
  /** The holder of a session that has not expired. */
  find(tokenHash: string, now: Date): Promise<SessionHolder | null>
  delete(tokenHash: string): Promise<void>
  /** Stores a link for `identifier` and ends any earlier one. */
  replaceLink(link: NewLink): Promise<void>
  /** Uses a link up: what it was for, or null when there is none, it has expired, or somebody was faster. */
  takeLink(tokenHash: string, now: Date): Promise<string | null>
}

/** A one-time link to be stored. */
export interface NewLink {
  readonly id: string
  readonly identifier: string
  readonly tokenHash: string
  readonly createdAt: Date
  readonly expiresAt: Date
}

/** Sessions in the database. Who somebody is decides the organization, so these look-ups cross organizations. */
export function createSessionStore(database: Database): SessionStore {
  const { system } = database
  return {
    async insert({ tokenHash, ...session }) {
      await system.insert(sessions).values({ ...session, token: tokenHash, updatedAt: session.createdAt })
    },
    find: (tokenHash, now) => findSession(database, tokenHash, now),
    async delete(tokenHash) {
      await system.delete(sessions).where(eq(sessions.token, tokenHash))
    },
    replaceLink: ({ tokenHash, ...link }) =>
      database.inTransaction(async (tx) => {
        await tx.delete(verifications).where(eq(verifications.identifier, link.identifier))
        await tx.insert(verifications).values({ ...link, value: tokenHash, updatedAt: link.createdAt })
      }),
    async takeLink(tokenHash, now) {
      const [taken] = await system
        .delete(verifications)
        .where(and(eq(verifications.value, tokenHash), gt(verifications.expiresAt, now)))
        .returning({ identifier: verifications.identifier })
      return taken?.identifier ?? null
    },
  }
}

async function findSession({ system }: Database, tokenHash: string, now: Date): Promise<SessionHolder | null> {
  const [row] = await system
    .select({
      user: { id: users.id, email: users.email, name: users.name },
      role: members.role,
      disabledAt: organizations.disabledAt,
      ...placeColumns,
    })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .innerJoin(organizations, eq(organizations.id, sessions.organizationId))
    .innerJoin(projects, and(eq(projects.id, sessions.projectId), eq(projects.organizationId, organizations.id)))
    .innerJoin(workspaces, eq(workspaces.id, projects.workspaceId))
    .innerJoin(members, and(eq(members.userId, users.id), eq(members.organizationId, organizations.id)))
    .where(and(eq(sessions.token, tokenHash), gt(sessions.expiresAt, now)))
  if (!row) return null
  const { disabledAt, role, ...actor } = row
  return { actor: { ...actor, role: role as Role, key: null }, disabledAt }
}
