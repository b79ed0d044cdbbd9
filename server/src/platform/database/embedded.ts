import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import pg from "pg"
import { locateWorker } from "../worker-file.ts"
import { copyDataFiles, copyLogFiles } from "./clone-files.ts"
import type { DatabaseLog } from "./database-log.ts"
import { EmbeddedConnection } from "./embedded-connection.ts"
import { EmbeddedEngine } from "./embedded-engine.ts"
import { embeddedClientConfig } from "./pool.ts"
import { SessionQueue } from "./session-queue.ts"
import { systemTimers, type Timers } from "./timers.ts"
import { createQuery } from "./wire.ts"

export interface EmbeddedOptions {
  /** The database's own directory, absolute. Made when missing. */
  readonly directory: string
  /** A file made by `dump`, from which a first start copies; null: initialise, which takes seconds. */
  readonly templatePath: string | null
  readonly log: DatabaseLog
  readonly timers?: Timers
  /** How long a transaction may stay open, in milliseconds. Default 5000. */
  readonly transactionDeadlineMs?: number
  /** How long one query may run, in milliseconds. Default 60000. */
  readonly statementDeadlineMs?: number
  /** How often what changed is written out to the tables' own files, in milliseconds. Default 60000. */
  readonly checkpointEveryMs?: number
}

/** How long to wait before the next attempt to open a database that would not open, in milliseconds. */
const reopenDelaysMs = [0, 200, 1000, 5000]

/**
 * PostgreSQL in a thread of this process, reached through the driver's own wire protocol. One session serves every
 * connection in turn. When its thread dies, or a transaction or query outlasts its deadline, the thread is replaced:
 * clients see their connections end, and new ones wait until the database is open again.
 *
 * The caller holds the lock on the directory: nothing here stops a second process.
 */
export class EmbeddedDatabase {
  readonly #options: EmbeddedOptions
  readonly #timers: Timers
  readonly #file: URL
  readonly #queue: SessionQueue
  readonly #connections = new Set<EmbeddedConnection>()
  #engine: EmbeddedEngine | null
  #opening: Promise<EmbeddedEngine>
  #closing = false
  #cloning = false
  #stopCheckpoints = () => {}
  #checkpointedAt = 0

  private constructor(options: EmbeddedOptions, file: URL, engine: EmbeddedEngine) {
    this.#options = options
    this.#timers = options.timers ?? systemTimers
    this.#file = file
    this.#engine = null
    this.#opening = Promise.resolve(engine)
    this.#queue = new SessionQueue({
      timers: this.#timers,
      statementDeadlineMs: options.statementDeadlineMs ?? 60_000,
      onBroken: (reason) => this.#replaceEngine(reason),
    })
    this.#adopt(engine)
    this.#scheduleCheckpoint()
  }

  /**
   * Opens the database, making it first where there is none.
   * @throws Error with the reason when the directory holds no database that opens
   */
  static async open(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
    const file = await locateWorker(new URL("./embedded-worker.ts", import.meta.url))
    const { directory, templatePath } = options
    return new EmbeddedDatabase(options, file, await EmbeddedEngine.start(file, { directory, templatePath }))
  }

  /**
   * A connection for the driver's `stream` option.
   * @param transactionDeadlineMs for work that is known to take longer and runs alone, such as migrations
   */
  connect(transactionDeadlineMs = this.#options.transactionDeadlineMs ?? 5000): EmbeddedConnection {
    const connection = new EmbeddedConnection({
      queue: this.#queue,
      transactionDeadlineMs,
      whenOpen: async () => (await this.#opening).serverVersion,
      onClose: (closed) => this.#connections.delete(closed),
    })
    this.#connections.add(connection)
    return connection
  }

  /** The whole data directory as a gzip, taken between transactions. */
  async dump(): Promise<Uint8Array> {
    await this.#queue.whenIdle()
    return (await this.#opening).dump()
  }

  /**
   * Copies the database, as it is at one moment, into a folder that opens as a database of its own. Takes three statements of
   * a few milliseconds; the files are copied while everyone goes on working, and the log of changes makes the copy whole when it is
   * opened (PostgreSQL's online base backup). Nothing is written out by checkpoints meanwhile, since that would throw away
   * the part of the log that the copy needs.
   * @throws Error when another copy is being made, the thread is replaced meanwhile or the disk is full
   */
  async cloneInto(directory: string): Promise<void> {
    if (this.#cloning) throw new Error("a backup of this database is already under way")
    this.#cloning = true
    const client = new pg.Client(embeddedClientConfig(this))
    client.on("error", () => {})
    try {
      await client.connect()
      await client.query("SELECT pg_backup_start('sluice', true)")
      const label = await this.#copyWhile(client, directory)
      await copyLogFiles(this.#options.directory, directory)
      await writeFile(join(directory, "backup_label"), label, { mode: 0o600 })
    } finally {
      this.#cloning = false
      await client.end()
    }
  }

  /** Copies, and ends the copy's bracket in the log whatever happened. Gives what the copy must say of its start. */
  async #copyWhile(client: pg.Client, directory: string): Promise<string> {
    let failure: unknown = null
    await copyDataFiles(this.#options.directory, directory).catch((error: unknown) => {
      failure = error
    })
    const { rows } = await client.query<{ labelfile: string }>("SELECT labelfile FROM pg_backup_stop(false)")
    if (failure !== null) throw failure
    return rows[0]?.labelfile ?? ""
  }

  /** Ends every connection, writes everything out and ends the thread. Twice does no harm. */
  async close(): Promise<void> {
    if (this.#closing) return
    this.#closing = true
    this.#stopCheckpoints()
    const engine = await this.#opening.catch(() => null)
    this.#endConnections(new Error("the database was closed"))
    await this.#queue.whenIdle()
    await engine?.close()
  }

  #adopt(engine: EmbeddedEngine): void {
    this.#engine = engine
    engine.onDeath((reason) => this.#replaceEngine(reason.message))
    this.#queue.attach(engine)
  }

  #replaceEngine(reason: string): void {
    const broken = this.#engine
    if (broken === null) return
    this.#engine = null
    this.#options.log.error({ reason }, "the embedded database is restarted")
    this.#queue.detach()
    this.#endConnections(new Error(`the connection to the embedded database ended: ${reason}`))
    this.#opening = broken.kill().then(() => this.#reopen())
    this.#opening.catch(() => {})
  }

  async #reopen(): Promise<EmbeddedEngine> {
    const { directory, templatePath } = this.#options
    for (let attempt = 0; ; attempt += 1) {
      try {
        const engine = await EmbeddedEngine.start(this.#file, { directory, templatePath })
        this.#adopt(engine)
        return engine
      } catch (error) {
        if (this.#closing) throw error
        this.#options.log.error({ reason: (error as Error).message, attempt }, "the embedded database does not open")
        await this.#wait(reopenDelaysMs[Math.min(attempt, reopenDelaysMs.length - 1)] ?? 0)
      }
    }
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.#timers.after(delayMs, resolve))
  }

  /** With the code of a broken socket, because that is what it is to the driver and to those who retry. */
  #endConnections(reason: Error): void {
    for (const connection of this.#connections) connection.destroy(Object.assign(reason, { code: "ECONNRESET" }))
  }

  /** PostgreSQL's own checkpointer is a process, and there is none here. */
  #scheduleCheckpoint(): void {
    this.#stopCheckpoints = this.#timers.after(this.#options.checkpointEveryMs ?? 60_000, () => {
      if (this.#queue.batchesRun !== this.#checkpointedAt && !this.#cloning) this.#checkpoint()
      if (!this.#closing) this.#scheduleCheckpoint()
    })
  }

  #checkpoint(): void {
    this.#checkpointedAt = this.#queue.batchesRun + 1
    this.#queue.enter({
      batches: [{ type: "batch", bytes: new Uint8Array(createQuery("CHECKPOINT")), endsReady: true, refusal: null }],
      transactionDeadlineMs: 5000,
      receive: () => {},
    })
  }
}
