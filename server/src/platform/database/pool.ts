import pg from "pg"
import type { DatabaseLog } from "./database-log.ts"
import type { EmbeddedDatabase } from "./embedded.ts"

/** Connections to the embedded database: they share one session, so more would only wait in another queue. */
const embeddedConnections = 8

/** How long to wait for a connection before the store counts as unavailable, in milliseconds. */
const connectTimeoutMs = 5000

/** How long the driver waits for an answer from a server before it gives the connection up, in milliseconds. */
const answerTimeoutMs = 60_000

/** A pool of connections to the embedded database, by the same driver that talks to a server. */
export function createEmbeddedPool(embedded: EmbeddedDatabase, log: DatabaseLog): pg.Pool {
  return watchPool(
    new pg.Pool({
      ...embeddedClientConfig(embedded),
      max: embeddedConnections,
      idleTimeoutMillis: 0,
      connectionTimeoutMillis: connectTimeoutMs,
    }),
    log,
  )
}

/** What a single client needs to talk to the embedded database. The environment's `PG*` variables do not apply. */
export function embeddedClientConfig(embedded: EmbeddedDatabase, transactionDeadlineMs?: number): pg.ClientConfig {
  return {
    stream: () => embedded.connect(transactionDeadlineMs),
    user: "postgres",
    password: "",
    host: "embedded",
    port: 5432,
    database: "postgres",
    ssl: false,
  }
}

/** A pool of connections to the server at `databaseUrl`. */
export function createServerPool(databaseUrl: string, log: DatabaseLog, connections = 10): pg.Pool {
  return watchPool(
    new pg.Pool({
      ...serverClientConfig(databaseUrl),
      max: connections,
      connectionTimeoutMillis: connectTimeoutMs,
      query_timeout: answerTimeoutMs,
    }),
    log,
  )
}

/**
 * What a single client needs to talk to a server.
 * @throws Error for a text that is no address, without repeating it: it holds a password
 */
export function serverClientConfig(databaseUrl: string): pg.ClientConfig {
  if (!/^postgres(?:ql)?:\/\//.test(databaseUrl) || !isUrl(databaseUrl)) {
    throw new Error("DATABASE_URL is not of the form postgres://user:password@host:5432/database")
  }
  return { connectionString: databaseUrl, keepAlive: true, application_name: "sluice" }
}

function isUrl(text: string): boolean {
  // An address may leave the host out and name a socket's folder in `?host=`.
  return URL.canParse(text.replace("@/", "@localhost/"))
}

/** A connection that breaks, idle or in use, is an event without a listener and would end the process. */
function watchPool(pool: pg.Pool, log: DatabaseLog): pg.Pool {
  pool.on("connect", (client) => client.on("error", () => {}))
  pool.on("error", (error) => log.warn({ reason: error.message }, "an idle database connection broke"))
  return pool
}
