import { desc, eq } from "drizzle-orm"
import type { Database } from "../../platform/database/database.ts"
import { dataKeys } from "../../platform/database/schema.ts"

/** An organization's data key, wrapped. */
export interface DataKey {
  readonly id: string
  readonly organizationId: string
  readonly wrapped: Buffer
  readonly wrappedBy: string
}

/** Wrapped data keys by organization. */
export interface DataKeyStore {
  insert(key: DataKey): Promise<void>
  newest(organizationId: string): Promise<DataKey | null>
  find(organizationId: string, id: string): Promise<DataKey | null>
}

/** Data keys in the database, inside the fence of their organization. */
export function createDataKeyStore(database: Database): DataKeyStore {
  return {
    insert: (key) =>
      database.inTenant(key.organizationId, async (tx) => {
        await tx.insert(dataKeys).values(key)
      }),
    newest: (organizationId) =>
      database.inTenant(organizationId, async (tx) => {
        const [row] = await tx
          .select()
          .from(dataKeys)
          .where(eq(dataKeys.organizationId, organizationId))
          .orderBy(desc(dataKeys.id))
          .limit(1)
        return row ?? null
      }),
    find: (organizationId, id) =>
      database.inTenant(organizationId, async (tx) => {
        const [row] = await tx.select().from(dataKeys).where(eq(dataKeys.id, id))
        return row?.organizationId === organizationId ? row : null
      }),
  }
}
