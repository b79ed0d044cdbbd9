import { existsSync } from "node:fs"
import { mkdir, readFile, rename, rm } from "node:fs/promises"
import { parentPort, workerData } from "node:worker_threads"
import { PGlite } from "@electric-sql/pglite"
import type { FromWorker, ToWorker, WorkerSettings } from "./embedded-messages.ts"
import { createErrorResponse, createReadyForQuery, readFinalStatus } from "./wire.ts"

/**
 * The thread PostgreSQL runs in. It does one thing at a time and keeps no queue: whose turn it is is decided on the
 * other side, which is never blocked by a query.
 */
const { directory, templatePath } = workerData as WorkerSettings

/** Without a limit the log of changes grows toward 1 GB. The whole file is replaced, so the time zone is said here too. */
const configuration = ["max_wal_size=128MB", "min_wal_size=32MB", "timezone='UTC'", "datestyle='ISO, MDY'"]

/** The status with which PGlite reports an error that PostgreSQL handles itself. */
const handledError = 100

let crash: string | null = null
const port = parentPort
if (!port) throw new Error("this file is started as a worker thread")
const say = (message: FromWorker, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer)

try {
  await initialise()
  const database = await PGlite.create({ dataDir: directory, postgresqlconf: configuration })
  watchForCrashes(database)
  port.on("message", (message: ToWorker) => {
    handle(database, message).catch((error: unknown) => say({ type: "failed", reason: describe(error) }))
  })
  const { rows } = await database.query<{ server_version: string }>("show server_version")
  say({ type: "ready", serverVersion: rows[0]?.server_version ?? "" })
} catch (error) {
  say({ type: "failed", reason: describe(error) })
}

/** A new database is made beside its place and moved there whole: a kill in between leaves nothing half made. */
async function initialise(): Promise<void> {
  if (existsSync(`${directory}/PG_VERSION`)) return
  const unfinished = `${directory}.tmp`
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(unfinished, { recursive: true, mode: 0o700 })
  const template = templatePath === null ? {} : { loadDataDir: new Blob([await readFile(templatePath)]) }
  const made = await PGlite.create({ dataDir: unfinished, postgresqlconf: configuration, ...template })
  await made.close()
  await rename(unfinished, directory)
}

/**
 * PGlite swallows what WebAssembly throws (a stack overflow, a trap) and goes on with an engine that is no longer sound,
 * which would show as an empty result. Its main loop is wrapped to see it.
 */
function watchForCrashes(database: PGlite): void {
  const engine = database.Module as unknown as { _PostgresMainLoopOnce: () => unknown }
  const runOnce = engine._PostgresMainLoopOnce
  engine._PostgresMainLoopOnce = () => {
    try {
      return runOnce()
    } catch (error) {
      if ((error as { status?: number } | null)?.status !== handledError) crash ??= describe(error)
      throw error
    }
  }
}

async function handle(database: PGlite, message: ToWorker): Promise<void> {
  if (message.type === "run") return answer(database, message)
  if (message.type === "dump") {
    const dump = new Uint8Array(await (await database.dumpDataDir("gzip")).arrayBuffer())
    return say({ type: "dump", bytes: dump }, [dump.buffer])
  }
  await database.close()
  say({ type: "closed" })
}

async function answer(database: PGlite, request: Extract<ToWorker, { type: "run" }>): Promise<void> {
  const chunks: Uint8Array[] = []
  let length = 0
  crash = null
  try {
    await database.execProtocolRawStream(request.bytes, {
      onRawData: (chunk) => {
        chunks.push(chunk.slice())
        length += chunk.length
      },
    })
  } catch (error) {
    crash ??= describe(error)
  }
  const bytes = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  const status = request.endsReady ? readFinalStatus(bytes) : null
  if (request.endsReady && status === null) crash ??= "it did not finish its answer"
  if (crash === null) return say({ type: "answer", bytes, status, crash: null }, [bytes.buffer])
  say({ type: "answer", bytes: createCrashAnswer(crash), status: "E", crash })
}

/** 57P02 is what a server says when a crash elsewhere ends a session: try again, it comes back. */
function createCrashAnswer(reason: string): Uint8Array<ArrayBuffer> {
  const message = `the embedded database broke off this query and is restarted: ${reason}`
  return new Uint8Array(Buffer.concat([createErrorResponse({ code: "57P02", message }), createReadyForQuery("E")]))
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : `exit ${JSON.stringify(error)}`
}
