import { locateWorker } from "../worker-file.ts"
import type { DatabaseLog } from "./database-log.ts"
import { EmbeddedConnection } from "./embedded-connection.ts"
import { EmbeddedEngine } from "./embedded-engine.ts"
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
      if (this.#queue.batchesRun !== this.#checkpointedAt) this.#checkpoint()
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
