import type { Limits } from "@sluice/protocol/limits"
import { eq } from "drizzle-orm"
import type { Database } from "../../platform/database/database.ts"
import { organizations } from "../../platform/database/schema.ts"
import { toLimitColumns, toLimits } from "./limit-columns.ts"
import { recordSnapshotChange } from "./snapshot-change-store.ts"

/** Limits of organizations. */
export interface OrganizationLimitStore {
  read(organizationId: string): Promise<Limits>
  /** Puts what `change` makes of the limits in their place, and gives them. Changes at once follow one another. */
  change(organizationId: string, change: (limits: Limits) => Limits): Promise<Limits>
}

/** Limits of organizations in the database, inside the tenant's fence. */
export function createOrganizationLimitStore(database: Database): OrganizationLimitStore {
  return {
    read: (organizationId) =>
      database.inTenant(organizationId, async (tx) => {
        const [row] = await tx.select().from(organizations).where(eq(organizations.id, organizationId))
        if (!row) throw new Error("the caller's organization is gone")
        return toLimits(row)
      }),
    change: (organizationId, change) =>
      database.inTenant(organizationId, async (tx) => {
        const mine = eq(organizations.id, organizationId)
        const [row] = await tx.select().from(organizations).where(mine).for("update")
        if (!row) throw new Error("the caller's organization is gone")
        const limits = change(toLimits(row))
        await tx.update(organizations).set(toLimitColumns(limits)).where(mine)
        await recordSnapshotChange(tx, "organization", organizationId)
        return limits
      }),
  }
}
