import { eq } from "drizzle-orm"
import type { Database } from "../../platform/database/database.ts"
import { installation } from "../../platform/database/schema.ts"
import type { Acknowledgement } from "./acknowledgement.ts"

/** The newest acknowledgement of this installation; null: there is none. */
export interface AcknowledgementStore {
  read(): Promise<Acknowledgement | null>
  /** Takes the place of the one before. */
  write(acknowledgement: Acknowledgement): Promise<void>
}

const key = "losses_acknowledged"

/** The acknowledgement among the installation's values: gateway processes serve every tenant, and so does what they lost. */
export function createAcknowledgementStore({ system }: Pick<Database, "system">): AcknowledgementStore {
  return {
    async read() {
      const [row] = await system.select().from(installation).where(eq(installation.key, key))
      return row ? (JSON.parse(row.value) as Acknowledgement) : null
    },
    async write({ dropped, lostToCrash, at, by }) {
      const value = JSON.stringify({ dropped, lostToCrash, at, by } satisfies Acknowledgement)
      await system
        .insert(installation)
        .values({ key, value })
        .onConflictDoUpdate({ target: installation.key, set: { value } })
    },
  }
}
