import { setTimeout as sleep } from "node:timers/promises"
import type { Config } from "../config.ts"
import type { Clock } from "../platform/clock.ts"
import { type Database, openDatabase } from "../platform/database/database.ts"
import { isStoreUnavailable } from "../platform/database/store-unavailable.ts"
import type { Logger } from "../platform/logger.ts"
import { Refusal } from "./refusal.ts"

/** What opening takes. */
export interface OpenStoreOptions {
  readonly config: Config
  readonly clock: Clock
  readonly log: Logger
  /** Aborts when the process is told to stop meanwhile. */
  readonly signal: AbortSignal
  /** Told once, when the database cannot be reached and is tried again. */
  readonly onWaiting: (reason: string) => void
}

/** How long a process that is just closing the same embedded database is waited for, in milliseconds. */
const handoverMs = 20_000
const longestPauseMs = 5000

/**
 * Opens the database and does `use` with it, as often as it takes: a database server that is not there yet is waited for, and so
 * is an older process of ours that is still closing the embedded one.
 * @throws Refusal for everything that waiting does not mend, and when told to stop
 */
export async function withOpenStore<Result>(
  options: OpenStoreOptions,
  use: (database: Database) => Promise<Result>,
): Promise<Result> {
  const { config, clock, log, signal } = options
  const begunAt = clock.monotonic()
  let waiting = false
  for (let pauseMs = 100; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    signal.throwIfAborted()
    let database: Database | null = null
    try {
      const { dataDir, databaseUrl, appRole } = config
      database = await openDatabase({ dataDir, databaseUrl, appRole, clock, log })
      return await use(database)
    } catch (error) {
      await database?.close().catch(() => {})
      const handover = isBeingClosed(error) && clock.monotonic() - begunAt < handoverMs
      if (!handover && !isStoreUnavailable(error)) throw database ? error : toRefusal(error)
      if (!handover && !waiting) {
        waiting = true
        options.onWaiting("the database cannot be reached; it is tried again until it can.")
        log.warn({ error }, "the database cannot be reached")
      }
    }
    await sleep(pauseMs, undefined, { signal })
  }
}

/** The data lock's own words; see `platform/database/lock.ts`. */
const isBeingClosed = (error: unknown): boolean =>
  error instanceof Error && / is in use by process /.test(error.message)

const toRefusal = (error: unknown): Error =>
  error instanceof Error
    ? new Refusal(`The database does not open: ${error.message}`, { cause: error })
    : new Refusal(String(error))
