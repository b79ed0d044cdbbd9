import type { ClientBase } from "pg"
import { tenantColumns, tenantPrivileges } from "./tenancy.ts"

/** The role that tenants' transactions run as, unless an installation names another. */
export const defaultAppRole = "sluice_app"

/** Errors that say another process made the same role at the same moment: a role belongs to the whole server. */
const alreadyMade = new Set(["42710", "23505"])

/**
 * Makes the tenants' role where it is missing and grants it what `tenancy.ts` lists. Safe to repeat; the caller holds the
 * migration lock.
 * @throws Error that says what to do when the role is missing and cannot be made, or would pass the fence
 */
export async function prepareTenantRole(client: ClientBase, role: string): Promise<void> {
  await ensureRole(client, role)
  const name = client.escapeIdentifier(role)
  const { rows } = await client.query<{ schema: string }>("SELECT current_schema() AS schema")
  const schema = client.escapeIdentifier(rows[0]?.schema ?? "public")
  const grants = Object.entries(tenantPrivileges).map(
    ([table, privileges]) => `GRANT ${privileges.join(", ")} ON ${schema}.${client.escapeIdentifier(table)} TO ${name}`,
  )
  for (const [table, columns] of Object.entries(tenantColumns)) {
    const list = columns.map((column) => client.escapeIdentifier(column)).join(", ")
    grants.push(`GRANT SELECT (${list}) ON ${schema}.${client.escapeIdentifier(table)} TO ${name}`)
  }
  await client.query(`GRANT USAGE ON SCHEMA ${schema} TO ${name}; ${grants.join("; ")}`)
}

async function ensureRole(client: ClientBase, role: string): Promise<void> {
  const found = (await readRole(client, role)) ?? (await createRole(client, role))
  if (found.passes) {
    throw new Error(
      `the role "${role}" is a superuser or has BYPASSRLS, so it would see every organization's rows; ` +
        "give SLUICE_APP_ROLE a role without these",
    )
  }
  if (found.usable) return
  try {
    await client.query(`GRANT ${client.escapeIdentifier(role)} TO CURRENT_USER`)
  } catch (cause) {
    // Another process may have granted it at the same moment.
    if ((await readRole(client, role))?.usable) return
    throw new Error(
      `the user of DATABASE_URL may not act as the role "${role}"; as an administrator, run: GRANT "${role}" TO <that user>`,
      { cause },
    )
  }
}

interface Role {
  /** It is not held back by row-level security. */
  readonly passes: boolean
  /** The current user may act as it. */
  readonly usable: boolean
}

async function readRole(client: ClientBase, role: string): Promise<Role | null> {
  const { rows } = await client.query<Role>(
    // Since PostgreSQL 16 a member may lack the right to act as the role, and only then is there a word to ask for it.
    `SELECT rolsuper OR rolbypassrls AS passes,
       pg_has_role(current_user, oid,
         CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END) AS usable
     FROM pg_roles WHERE rolname = $1`,
    [role],
  )
  return rows[0] ?? null
}

async function createRole(client: ClientBase, role: string): Promise<Role> {
  try {
    await client.query(`CREATE ROLE ${client.escapeIdentifier(role)} NOLOGIN`)
  } catch (cause) {
    if (!alreadyMade.has((cause as { code?: string }).code ?? "")) {
      throw new Error(
        `the role "${role}" is missing and the user of DATABASE_URL may not make it (CREATEROLE); as an administrator, ` +
          `run: CREATE ROLE "${role}" NOLOGIN; GRANT "${role}" TO <that user> — or name another with SLUICE_APP_ROLE`,
        { cause },
      )
    }
  }
  const made = await readRole(client, role)
  if (!made) throw new Error(`the role "${role}" was made and is not there; something else drops it`)
  return made
}
