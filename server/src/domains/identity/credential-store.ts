import type { ProviderName } from "@sluice/protocol/providers"
import { and, desc, eq, lt } from "drizzle-orm"
import type { Database } from "../../platform/database/database.ts"
import { credentials } from "../../platform/database/schema.ts"
import type { EncryptedCredential } from "./credential.ts"
import { recordSnapshotChange } from "./snapshot-change-store.ts"

/** Which credential of which project is meant. Ids are UUIDs. */
export interface CredentialReference {
  readonly organizationId: string
  readonly projectId: string
  readonly id: string
}

/** Credentials by organization and project. Secrets go in and come out encrypted. */
export interface CredentialStore {
  insert(credential: EncryptedCredential): Promise<void>
  /** At most `limit` credentials, newest first, made before the credential `after`. */
  list(
    place: { readonly organizationId: string; readonly projectId: string },
    page: { readonly limit: number; readonly after: string | null },
  ): Promise<EncryptedCredential[]>
  find(reference: CredentialReference): Promise<EncryptedCredential | null>
  /** Whether there was such a one. */
  delete(reference: CredentialReference): Promise<boolean>
}

type CredentialRow = typeof credentials.$inferSelect

/** A row as the domain knows it. */
export const toEncryptedCredential = (row: CredentialRow): EncryptedCredential => ({
  id: row.id,
  organizationId: row.organizationId,
  projectId: row.projectId,
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
  encryptedSecret: row.encryptedSecret,
  dataKeyId: row.dataKeyId,
})

const isReferred = (reference: CredentialReference) =>
  and(
    eq(credentials.organizationId, reference.organizationId),
    eq(credentials.projectId, reference.projectId),
    eq(credentials.id, reference.id),
  )

/** Credentials in the database, inside the fence of their organization. */
export function createCredentialStore(database: Database): CredentialStore {
  return {
    insert: ({ source: _source, variable: _variable, ...credential }) =>
      database.inTenant(credential.organizationId, async (tx) => {
        await tx.insert(credentials).values(credential)
        await recordSnapshotChange(tx, "credential", credential.id)
      }),
    list: (place, page) =>
      database.inTenant(place.organizationId, async (tx) => {
        const inProject = and(
          eq(credentials.organizationId, place.organizationId),
          eq(credentials.projectId, place.projectId),
          page.after ? lt(credentials.id, page.after) : undefined,
        )
        const rows = await tx
          .select()
          .from(credentials)
          .where(inProject)
          .orderBy(desc(credentials.id))
          .limit(page.limit)
        return rows.map(toEncryptedCredential)
      }),
    find: (reference) =>
      database.inTenant(reference.organizationId, async (tx) => {
        const [row] = await tx.select().from(credentials).where(isReferred(reference))
        return row ? toEncryptedCredential(row) : null
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
