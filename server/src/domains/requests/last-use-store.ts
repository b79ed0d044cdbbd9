import { type SQL, sql } from "drizzle-orm"
import type { Database } from "../../platform/database/database.ts"

/** Times of last use by id, in milliseconds since 1970. */
export interface LastUses {
  readonly keys: ReadonlyMap<string, number>
  readonly credentials: ReadonlyMap<string, number>
}

/** `last_used_at` of keys and credentials. Ids that are not there (credentials of the environment) are passed over. */
export interface LastUseStore {
  write(uses: LastUses): Promise<void>
}

/** Writes last uses; a later one already written stays. */
export function createLastUseStore({ system }: Pick<Database, "system">): LastUseStore {
  return {
    async write({ keys, credentials }) {
      if (keys.size > 0) await system.execute(raise(sql`api_keys`, keys))
      if (credentials.size > 0) await system.execute(raise(sql`credentials`, credentials))
    },
  }
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
