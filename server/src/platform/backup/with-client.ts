import pg from "pg"
import type { DatabaseLog } from "../database/database-log.ts"
import { EmbeddedDatabase } from "../database/embedded.ts"
import { embeddedClientConfig, serverClientConfig } from "../database/pool.ts"
import { plainText } from "./table-plan.ts"

/** Copying has the database to itself and may take as long as it takes; a day, in milliseconds. */
const patienceMs = 86_400_000

/** The log of a database that is nobody's but ours: what goes wrong there is thrown. */
const silent: DatabaseLog = { info: () => {}, warn: () => {}, error: () => {} }

/**
 * Opens an embedded database that nobody else uses, gives the one client, and closes it again. A directory that is not there
 * becomes an empty database.
 * @param templatePath what an empty one is copied from; null: it is made from nothing, without migrations
 * @throws Error when it does not open, and what `use` throws
 */
export async function withEmbeddedClient<Result>(
  directory: string,
  templatePath: string | null,
  use: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const deadlines = { transactionDeadlineMs: patienceMs, statementDeadlineMs: patienceMs }
  const embedded = await EmbeddedDatabase.open({ directory, templatePath, log: silent, ...deadlines })
  try {
    return await withClient(embeddedClientConfig(embedded), use)
  } finally {
    await embedded.close()
  }
}

/**
 * Connects to a server, gives the client, and disconnects.
 * @throws Error when it cannot be reached, and what `use` throws
 */
export function withServerClient<Result>(
  databaseUrl: string,
  use: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  return withClient({ ...serverClientConfig(databaseUrl), connectionTimeoutMillis: 10_000 }, use)
}

async function withClient<Result>(
  config: pg.ClientConfig,
  use: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client(config)
  client.on("error", () => {})
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end().catch(() => {})
  }
}

/** Runs in one transaction whose values read the same on every server; what `run` throws rolls back. */
export async function inPlainText<Result>(
  client: pg.Client,
  mode: "read" | "write",
  run: () => Promise<Result>,
): Promise<Result> {
  await client.query(mode === "read" ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" : "BEGIN")
  try {
    await client.query(plainText)
    const result = await run()
    await client.query("COMMIT")
    return result
  } catch (error) {
    await client.query("ROLLBACK").catch(() => {})
    throw error
  }
}
