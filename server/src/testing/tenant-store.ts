import { sql } from "drizzle-orm"
import type { Actor } from "../domains/identity/index.ts"
import type { Database } from "../platform/database/database.ts"

/** A second tenant beside the first, made as the first start makes one. */
export async function addTenant(database: Database): Promise<Actor> {
  const id = (n: number) => `01890a5d-ac96-774b-bcce-0000000000${n}0`
  const [organization, workspace, project] = [1, 2, 3].map((n) => ({ id: id(n), name: "Other" })) as [
    { id: string; name: string },
    { id: string; name: string },
    { id: string; name: string },
  ]
  await database.system.execute(
    sql`INSERT INTO organizations (id, name, slug) VALUES (${organization.id}, 'Other', 'other')`,
  )
  await database.system.execute(
    sql`INSERT INTO workspaces (id, organization_id, name) VALUES (${workspace.id}, ${organization.id}, 'Other')`,
  )
  await database.system.execute(
    sql`INSERT INTO projects (id, organization_id, workspace_id, name)
        VALUES (${project.id}, ${organization.id}, ${workspace.id}, 'Other')`,
  )
  return { organization, workspace, project, user: null, key: null, role: "owner" }
}
