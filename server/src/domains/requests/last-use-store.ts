import { type SQL, sql } from "drizzle-orm"
import type { Database } from "../../platform/database/database.ts"

/** A project's last use of the credential that the environment has for a provider; `at` in milliseconds since 1970. */
export interface EnvironmentUse {
  readonly organization_id: string
  readonly project_id: string
  readonly provider: string
  readonly at: number
}

/** Times of last use by id, in milliseconds since 1970. */
export interface LastUses {
  readonly keys: ReadonlyMap<string, number>
  readonly credentials: ReadonlyMap<string, number>
  readonly environment: readonly EnvironmentUse[]
}

/** `last_used_at` of keys and credentials. What is not there any more is passed over. */
export interface LastUseStore {
  write(uses: LastUses): Promise<void>
}

/** Writes last uses; a later one already written stays. */
export function createLastUseStore({ system }: Pick<Database, "system">): LastUseStore {
  return {
    async write({ keys, credentials, environment }) {
      if (keys.size > 0) await system.execute(raise(sql`api_keys`, keys))
      if (credentials.size > 0) await system.execute(raise(sql`credentials`, credentials))
      if (environment.length > 0) await system.execute(raiseEnvironment(environment))
    },
  }
}

/** In the order of the key, so that two processes never wait for each other. */
function raiseEnvironment(uses: readonly EnvironmentUse[]): SQL {
  const list = uses.map(({ at, ...use }) => ({ ...use, at: new Date(at).toISOString() }))
  return sql`
    INSERT INTO environment_credential_uses AS old (organization_id, project_id, provider, last_used_at)
    SELECT projects.organization_id, projects.id, used.provider, used.at
    FROM jsonb_to_recordset(${JSON.stringify(list)}::text::jsonb) AS used (organization_id uuid, project_id uuid,
      provider text, at timestamptz)
    JOIN projects ON projects.id = used.project_id AND projects.organization_id = used.organization_id
    ORDER BY projects.id, used.provider
    ON CONFLICT (project_id, provider) DO UPDATE SET last_used_at = greatest(old.last_used_at, excluded.last_used_at)`
}

/** Rows are locked in the order of their ids first, so that two processes never wait for each other. */
function raise(table: SQL, uses: ReadonlyMap<string, number>): SQL {
  const list = [...uses].map(([id, at]) => ({ id, at: new Date(at).toISOString() }))
  return sql`
    WITH used AS (SELECT id, at FROM jsonb_to_recordset(${JSON.stringify(list)}::text::jsonb) AS u (id uuid, at timestamptz)),
    held AS (SELECT ${table}.id FROM ${table} WHERE ${table}.id IN (SELECT id FROM used) ORDER BY ${table}.id FOR UPDATE)
    UPDATE ${table} SET last_used_at = used.at FROM used, held
    WHERE ${table}.id = held.id AND used.id = held.id
      AND (${table}.last_used_at IS NULL OR ${table}.last_used_at < used.at)`
}
