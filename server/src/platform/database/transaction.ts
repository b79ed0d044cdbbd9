import type { NodePgTransaction } from "drizzle-orm/node-postgres/session"
import { NodePgSession, NodePgTransaction as TransactionOf } from "drizzle-orm/node-postgres/session"
import { PgDialect } from "drizzle-orm/pg-core"
import type { Pool, PoolClient } from "pg"

/** A transaction that is open. `transaction()` on it makes a savepoint. */
export type Transaction = NodePgTransaction<Record<string, never>, Record<string, never>>

/**
 * Begins with one message, runs, and commits; or rolls back and throws what was thrown. A connection whose rollback fails
 * is not used again.
 * @param begin SQL that opens the transaction and sets what belongs to it
 * @throws Error when the transaction had failed and the callback went on as if it had not
 */
export async function runInTransaction<T>(pool: Pool, begin: string, run: (tx: Transaction) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query(begin)
    const result = await run(createTransaction(client))
    const { command } = await client.query("COMMIT")
    if (command !== "COMMIT") throw new Error("the transaction failed earlier, so that its end rolled it back")
    return result
  } catch (error) {
    broken = await rollBack(client)
    throw error
  } finally {
    client.release(broken)
  }
}

async function rollBack(client: PoolClient): Promise<Error | undefined> {
  try {
    await client.query("ROLLBACK")
    return undefined
  } catch (error) {
    return error as Error
  }
}

function createTransaction(client: PoolClient): Transaction {
  const dialect = new PgDialect()
  return new TransactionOf(dialect, new NodePgSession(client, dialect, undefined), undefined)
}
