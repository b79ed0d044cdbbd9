import { eq } from "drizzle-orm"
import type { Database } from "../../platform/database/database.ts"
import { installation } from "../../platform/database/schema.ts"

/** Values an installation has one of. */
export type InstallationKey = "id" | "master_key_fingerprint" | "default_project" | "first_owner"

/** One value per installation, written once. */
export interface InstallationStore {
  /** The value in force: the one stored before, else the one offered, which is then stored. */
  claim(key: InstallationKey, value: string): Promise<string>
}

/** The installation's values in the database; they belong to no organization. */
export function createInstallationStore({ system }: Pick<Database, "system">): InstallationStore {
  return {
    async claim(key, value) {
      await system.insert(installation).values({ key, value }).onConflictDoNothing()
      const [row] = await system.select().from(installation).where(eq(installation.key, key))
      return row?.value ?? value
    },
  }
}
