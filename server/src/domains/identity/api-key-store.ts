import type { KeyEnvironment, KeyScope } from "@sluice/protocol/api/api-keys"
import { and, desc, eq, isNull, lt, ne } from "drizzle-orm"
import type { Database } from "../../platform/database/database.ts"
import { apiKeys, organizations, projects, workspaces } from "../../platform/database/schema.ts"
import type { Place } from "./actor.ts"
import type { ApiKey } from "./api-key.ts"
import { toLimitColumns, toLimits } from "./limit-columns.ts"
import { recordSnapshotChange, recordSnapshotChanges } from "./snapshot-change-store.ts"

/** A key as it is stored: with the SHA-256 of its secret. */
export interface NewApiKey extends ApiKey {
  readonly hash: Buffer
  readonly createdBy: string | null
}

/** A key with the place it opens, as authentication needs it. */
export interface ApiKeyHolder extends Place {
  readonly key: ApiKey
  /** True for the key of `SLUICE_BOOTSTRAP_KEY`. */
  readonly isBootstrap: boolean
  /** Null: the organization is not disabled. */
  readonly disabledAt: Date | null
}

/** Which key of which project is meant. Ids are UUIDs. */
export interface ApiKeyReference {
  readonly organizationId: string
  readonly projectId: string
  readonly id: string
}

/** API keys by organization and project. */
export interface ApiKeyStore {
  insert(key: NewApiKey): Promise<void>
  /** At most `limit` keys that are not revoked, newest first, made before the key `after`. */
  list(
    place: { readonly organizationId: string; readonly projectId: string },
    page: { readonly limit: number; readonly after: string | null },
  ): Promise<ApiKey[]>
  /** One that is not revoked; null when there is no such key. */
  find(reference: ApiKeyReference): Promise<ApiKey | null>
  /** Puts a name and limits in the place of those there are; null when there is no such key, or it is revoked. What `change` throws changes nothing. */
  update(
    reference: ApiKeyReference,
    change: (before: ApiKey) => Pick<ApiKey, "name" | "limits">,
  ): Promise<ApiKey | null>
  /** Whether there was such a key that was not revoked yet. */
  revoke(reference: ApiKeyReference, at: Date): Promise<boolean>
  /** The holder of a key that is not revoked, whatever its organization; expiry is the caller's to judge. */
  findByHash(hash: Buffer): Promise<ApiKeyHolder | null>
  /** Puts the bootstrap key in force as given, and revokes an earlier one that differs. */
  assertBootstrapKey(key: NewApiKey): Promise<void>
}

type ApiKeyRow = typeof apiKeys.$inferSelect

const toApiKey = (row: ApiKeyRow): ApiKey => ({
  id: row.id,
  organizationId: row.organizationId,
  projectId: row.projectId,
  name: row.name,
  lastFour: row.lastFour,
  scopes: row.scopes as KeyScope[],
  models: row.models,
  environment: row.environment as KeyEnvironment,
  limits: toLimits(row),
  expiresAt: row.expiresAt,
  createdAt: row.createdAt,
  lastUsedAt: row.lastUsedAt,
})

/** A key as a row. */
export const toApiKeyRow = (key: NewApiKey): typeof apiKeys.$inferInsert => ({
  id: key.id,
  organizationId: key.organizationId,
  projectId: key.projectId,
  name: key.name,
  hash: key.hash,
  lastFour: key.lastFour,
  scopes: [...key.scopes],
  models: key.models ? [...key.models] : null,
  environment: key.environment,
  ...toLimitColumns(key.limits),
  expiresAt: key.expiresAt,
  createdBy: key.createdBy,
  createdAt: key.createdAt,
})

/** Keys in the database. Looking one up by its hash crosses organizations: which one it belongs to is the question. */
export function createApiKeyStore(database: Database): ApiKeyStore {
  return {
    insert: (key) =>
      database.inTenant(key.organizationId, async (tx) => {
        await tx.insert(apiKeys).values(toApiKeyRow(key))
        await recordSnapshotChange(tx, "key", key.id)
      }),
    list: (place, page) =>
      database.inTenant(place.organizationId, async (tx) => {
        const inProject = and(
          eq(apiKeys.organizationId, place.organizationId),
          eq(apiKeys.projectId, place.projectId),
          isNull(apiKeys.revokedAt),
          page.after ? lt(apiKeys.id, page.after) : undefined,
        )
        const rows = await tx.select().from(apiKeys).where(inProject).orderBy(desc(apiKeys.id)).limit(page.limit)
        return rows.map(toApiKey)
      }),
    find: (reference) =>
      database.inTenant(reference.organizationId, async (tx) => {
        const [row] = await tx.select().from(apiKeys).where(isInForce(reference))
        return row ? toApiKey(row) : null
      }),
    update: (reference, change) =>
      database.inTenant(reference.organizationId, async (tx) => {
        const [row] = await tx.select().from(apiKeys).where(isInForce(reference)).for("update")
        if (!row) return null
        const { name, limits } = change(toApiKey(row))
        const changed = { name, ...toLimitColumns(limits) }
        const [updated] = await tx.update(apiKeys).set(changed).where(isInForce(reference)).returning()
        await recordSnapshotChange(tx, "key", reference.id)
        return updated ? toApiKey(updated) : null
      }),
    revoke: (reference, at) =>
      database.inTenant(reference.organizationId, async (tx) => {
        const revoked = await tx
          .update(apiKeys)
          .set({ revokedAt: at })
          .where(isInForce(reference))
          .returning({ id: apiKeys.id })
        if (revoked.length === 0) return false
        await recordSnapshotChange(tx, "key", reference.id)
        return true
      }),
    findByHash: (hash) => findHolder(database, hash),
    assertBootstrapKey: (key) => assertBootstrapKey(database, key),
  }
}

const isInForce = (reference: ApiKeyReference) =>
  and(
    eq(apiKeys.organizationId, reference.organizationId),
    eq(apiKeys.projectId, reference.projectId),
    eq(apiKeys.id, reference.id),
    isNull(apiKeys.revokedAt),
  )

async function findHolder({ system }: Database, hash: Buffer): Promise<ApiKeyHolder | null> {
  const [row] = await system
    .select()
    .from(apiKeys)
    .innerJoin(organizations, eq(organizations.id, apiKeys.organizationId))
    .innerJoin(projects, eq(projects.id, apiKeys.projectId))
    .innerJoin(workspaces, eq(workspaces.id, projects.workspaceId))
    .where(and(eq(apiKeys.hash, hash), isNull(apiKeys.revokedAt)))
  if (!row) return null
  return {
    key: toApiKey(row.api_keys),
    isBootstrap: row.api_keys.bootstrap,
    organization: { id: row.organizations.id, name: row.organizations.name },
    workspace: { id: row.workspaces.id, name: row.workspaces.name },
    project: { id: row.projects.id, name: row.projects.name },
    disabledAt: row.organizations.disabledAt,
  }
}

function assertBootstrapKey(database: Database, key: NewApiKey): Promise<void> {
  return database.inTransaction(async (tx) => {
    const inForce = { ...toApiKeyRow(key), bootstrap: true, revokedAt: null }
    const { name, scopes, models, environment, expiresAt, projectId, organizationId } = inForce
    // Its limits are not said by the environment, so that those given through the API outlive a start.
    const reasserted = { name, scopes, models, environment, expiresAt, projectId, organizationId }
    const [asserted] = await tx
      .insert(apiKeys)
      .values(inForce)
      .onConflictDoUpdate({ target: apiKeys.hash, set: { ...reasserted, bootstrap: true, revokedAt: null } })
      .returning({ id: apiKeys.id })
    const replaced = await tx
      .update(apiKeys)
      .set({ revokedAt: key.createdAt })
      .where(and(eq(apiKeys.bootstrap, true), isNull(apiKeys.revokedAt), ne(apiKeys.hash, key.hash)))
      .returning({ id: apiKeys.id })
    const changed = asserted ? [asserted, ...replaced] : replaced
    await recordSnapshotChanges(
      tx,
      changed.map(({ id }) => ({ kind: "key" as const, entityId: id })),
    )
  })
}
