import { and, eq, sql } from "drizzle-orm"
import type { Database, Transaction } from "../../platform/database/database.ts"
import {
  apiKeys,
  installation,
  members,
  organizations,
  projects,
  users,
  workspaces,
} from "../../platform/database/schema.ts"
import type { Named, Place } from "./actor.ts"
import { type NewApiKey, toApiKeyRow } from "./api-key-store.ts"
import type { Role } from "./permission.ts"
import { recordSnapshotChanges } from "./snapshot-change-store.ts"

/** Any number that nothing else locks: two first starts at once make one installation. */
const firstStartLock = 7_304_612

/** Everything a first start makes, with ids chosen by the caller. */
export interface FirstTenant extends Place {
  readonly owner: { readonly id: string; readonly email: string; readonly name: string }
  readonly memberId: string
  /** Null: no key is made. */
  readonly key: NewApiKey | null
}

/** A member of an organization, with the role held there. */
export interface Owner {
  readonly user: { readonly id: string; readonly email: string; readonly name: string }
}

/** Organizations, workspaces, projects, people. */
export interface TenancyStore {
  /** Stores the tenant unless the installation has its first one; says whether it did, and where that first one is. */
  establish(
    tenant: FirstTenant,
  ): Promise<{ readonly created: boolean; readonly place: Place; readonly ownerId: string }>
  /** Disables or enables an organization. Whether there is such a one. */
  setDisabled(organizationId: string, disabledAt: Date | null): Promise<boolean>
  /** The place a member stands in by default, and the role held there; null when the person is a member of nothing. */
  findMembership(userId: string): Promise<{ readonly place: Place; readonly role: Role } | null>
}

/** Tenancy in the database. It makes what the fence between organizations is drawn around, so it works outside of it. */
export function createTenancyStore(database: Database): TenancyStore {
  return {
    establish: (tenant) =>
      database.inTransaction(async (tx) => {
        await tx.execute(sql`SELECT pg_advisory_xact_lock(${firstStartLock})`)
        const earlier = await findFirst(tx)
        if (earlier) return { created: false, ...earlier }
        await insertTenant(tx, tenant)
        const { organization, workspace, project } = tenant
        return { created: true, place: { organization, workspace, project }, ownerId: tenant.owner.id }
      }),
    setDisabled: (organizationId, disabledAt) =>
      database.inTransaction(async (tx) => {
        const found = await tx
          .update(organizations)
          .set({ disabledAt })
          .where(eq(organizations.id, organizationId))
          .returning({ id: organizations.id })
        if (found.length === 0) return false
        await recordSnapshotChanges(tx, [{ kind: "organization", entityId: organizationId }])
        return true
      }),
    async findMembership(userId) {
      const [row] = await database.system
        .select({ role: members.role, ...placeColumns })
        .from(members)
        .innerJoin(organizations, eq(organizations.id, members.organizationId))
        .innerJoin(projects, eq(projects.organizationId, organizations.id))
        .innerJoin(workspaces, eq(workspaces.id, projects.workspaceId))
        .where(eq(members.userId, userId))
        .orderBy(members.id, projects.id)
        .limit(1)
      return row ? { place: toPlace(row), role: row.role as Role } : null
    },
  }
}

/** Columns that make a `Place`, for queries that join the three tables. */
export const placeColumns = {
  organization: { id: organizations.id, name: organizations.name },
  workspace: { id: workspaces.id, name: workspaces.name },
  project: { id: projects.id, name: projects.name },
}

const toPlace = (row: { readonly organization: Named; readonly workspace: Named; readonly project: Named }): Place => ({
  organization: row.organization,
  workspace: row.workspace,
  project: row.project,
})

async function findFirst(tx: Transaction): Promise<{ place: Place; ownerId: string } | null> {
  const settings = await tx.select().from(installation)
  const settingOf = (key: string) => settings.find((row) => row.key === key)?.value
  const projectId = settingOf("default_project")
  const ownerId = settingOf("first_owner")
  if (!projectId || !ownerId) return null
  const [row] = await tx
    .select(placeColumns)
    .from(projects)
    .innerJoin(organizations, eq(organizations.id, projects.organizationId))
    .innerJoin(workspaces, eq(workspaces.id, projects.workspaceId))
    .where(and(eq(projects.id, projectId)))
  if (!row) throw new Error("the installation's first project is gone from the database")
  return { place: toPlace(row), ownerId }
}

async function insertTenant(tx: Transaction, tenant: FirstTenant): Promise<void> {
  const { organization, workspace, project, owner, memberId, key } = tenant
  const organizationId = organization.id
  await tx.insert(organizations).values({ ...organization, slug: "default" })
  await tx.insert(workspaces).values({ ...workspace, organizationId })
  await tx.insert(projects).values({ ...project, organizationId, workspaceId: workspace.id })
  await tx.insert(users).values({ ...owner, emailVerified: false })
  await tx.insert(members).values({ id: memberId, organizationId, userId: owner.id, role: "owner" })
  if (key) await tx.insert(apiKeys).values(toApiKeyRow(key))
  await tx.insert(installation).values([
    { key: "default_project", value: project.id },
    { key: "first_owner", value: owner.id },
  ])
  await recordSnapshotChanges(tx, [
    { kind: "organization", entityId: organizationId },
    { kind: "project", entityId: project.id },
    ...(key ? [{ kind: "key" as const, entityId: key.id }] : []),
  ])
}
