import type { CredentialScope } from "@sluice/protocol/api/credentials"
import type { ProviderName } from "@sluice/protocol/providers"
import { and, desc, eq, getTableColumns, isNull, lt, or } from "drizzle-orm"
import type { Database } from "../../platform/database/database.ts"
import { credentials, environmentCredentialUses } from "../../platform/database/schema.ts"
import type { Credential, EncryptedCredential } from "./credential.ts"
import { recordSnapshotChange } from "./snapshot-change-store.ts"

/** Which credential of which project is meant: its own, or one its organization stored for more than one. Ids are UUIDs. */
export interface CredentialReference {
  readonly organizationId: string
  readonly projectId: string
  readonly id: string
}

/** At most `limit` credentials made before the credential `after`. */
export interface CredentialPage {
  readonly limit: number
  readonly after: string | null
}

/** Credentials by organization and project. Secrets go in and come out encrypted. */
export interface CredentialStore {
  insert(credential: EncryptedCredential): Promise<void>
  /** Those the organization stored for this project, or for all of its projects; newest first. */
  list(
    place: { readonly organizationId: string; readonly projectId: string },
    scope: Exclude<CredentialScope, "installation">,
    page: CredentialPage,
  ): Promise<EncryptedCredential[]>
  /** Those offered to every organization, whoever stored them, newest first; without their secrets. */
  listOffered(page: CredentialPage): Promise<Credential[]>
  /** One offered to every organization, whoever stored it. */
  findOffered(id: string): Promise<EncryptedCredential | null>
  find(reference: CredentialReference): Promise<EncryptedCredential | null>
  /** When the project last used what the environment has, by provider. */
  environmentUses(place: {
    readonly organizationId: string
    readonly projectId: string
  }): Promise<ReadonlyMap<string, Date>>
  /** Whether there was such a one. */
  delete(reference: CredentialReference): Promise<boolean>
}

type CredentialRow = typeof credentials.$inferSelect

/** A row as the domain knows it. */
export const toEncryptedCredential = (row: CredentialRow): EncryptedCredential => ({
  ...toCredential(row),
  encryptedSecret: row.encryptedSecret,
  dataKeyId: row.dataKeyId,
})

const toCredential = (row: Omit<CredentialRow, "encryptedSecret" | "dataKeyId">): Credential => ({
  id: row.id,
  organizationId: row.organizationId,
  projectId: row.projectId,
  scope: row.scope as CredentialScope,
  provider: row.provider as ProviderName,
  label: row.label,
  lastFour: row.lastFour,
  baseUrl: row.baseUrl,
  options: row.options,
  source: "stored",
  variable: null,
  priority: row.priority,
  createdAt: row.createdAt,
  lastUsedAt: row.lastUsedAt,
})

const isReferred = (reference: CredentialReference) =>
  and(
    eq(credentials.organizationId, reference.organizationId),
    or(eq(credentials.projectId, reference.projectId), isNull(credentials.projectId)),
    eq(credentials.id, reference.id),
  )

/** Credentials in the database, inside the fence of their organization; what is offered to all of them is read outside of it. */
export function createCredentialStore(database: Database): CredentialStore {
  return {
    insert: ({ source: _source, variable: _variable, ...credential }) =>
      database.inTenant(credential.organizationId, async (tx) => {
        await tx.insert(credentials).values(credential)
        await recordSnapshotChange(tx, "credential", credential.id)
      }),
    list: (place, scope, page) =>
      database.inTenant(place.organizationId, async (tx) => {
        const reached = and(
          eq(credentials.organizationId, place.organizationId),
          eq(credentials.scope, scope),
          scope === "project" ? eq(credentials.projectId, place.projectId) : undefined,
          page.after ? lt(credentials.id, page.after) : undefined,
        )
        const rows = await tx.select().from(credentials).where(reached).orderBy(desc(credentials.id)).limit(page.limit)
        return rows.map(toEncryptedCredential)
      }),
    async listOffered(page) {
      const { encryptedSecret: _secret, dataKeyId: _dataKey, ...columns } = getTableColumns(credentials)
      const rows = await database.system
        .select(columns)
        .from(credentials)
        .where(and(eq(credentials.scope, "installation"), page.after ? lt(credentials.id, page.after) : undefined))
        .orderBy(desc(credentials.id))
        .limit(page.limit)
      return rows.map(toCredential)
    },
    async findOffered(id) {
      const offered = and(eq(credentials.scope, "installation"), eq(credentials.id, id))
      const [row] = await database.system.select().from(credentials).where(offered)
      return row ? toEncryptedCredential(row) : null
    },
    find: (reference) =>
      database.inTenant(reference.organizationId, async (tx) => {
        const [row] = await tx.select().from(credentials).where(isReferred(reference))
        return row ? toEncryptedCredential(row) : null
      }),
    environmentUses: (place) =>
      database.inTenant(place.organizationId, async (tx) => {
        const { organizationId, projectId } = environmentCredentialUses
        const ofPlace = and(eq(organizationId, place.organizationId), eq(projectId, place.projectId))
        const rows = await tx.select().from(environmentCredentialUses).where(ofPlace)
        return new Map(rows.map(({ provider, lastUsedAt }) => [provider, lastUsedAt]))
      }),
    delete: (reference) =>
      database.inTenant(reference.organizationId, async (tx) => {
        const deleted = await tx.delete(credentials).where(isReferred(reference)).returning({ id: credentials.id })
        if (deleted.length === 0) return false
        await recordSnapshotChange(tx, "credential", reference.id)
        return true
      }),
  }
}
