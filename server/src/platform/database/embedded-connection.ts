import { Duplex } from "node:stream"
import { type Arrival, type Batch, BatchReader } from "./batch-reader.ts"
import type { Member, SessionQueue } from "./session-queue.ts"
import { createGreeting, createQuery } from "./wire.ts"

export interface EmbeddedConnectionOptions {
  readonly queue: SessionQueue
  readonly transactionDeadlineMs: number
  /** Resolves to the server's version once the database is open; rejects when it never will be. */
  whenOpen(): Promise<string>
  onClose(connection: EmbeddedConnection): void
}

/**
 * What the driver takes for a socket to a server: it is greeted without a password, its messages go to the one session
 * in turn, and its end is a client's end. There is nothing to cancel on the other side, and no encryption.
 */
export class EmbeddedConnection extends Duplex {
  readonly #options: EmbeddedConnectionOptions
  readonly #reader = new BatchReader()
  readonly #member: Member
  #closed = false

  constructor(options: EmbeddedConnectionOptions) {
    super()
    this.#options = options
    this.#member = {
      batches: [],
      transactionDeadlineMs: options.transactionDeadlineMs,
      receive: (answer) => this.#send(answer),
    }
  }

  /** As of a socket: tells the driver that it may begin. */
  connect(): this {
    queueMicrotask(() => this.emit("connect"))
    return this
  }

  /** Sockets have these; here there is no network to tune, and what keeps the process alive is the database's thread. */
  setNoDelay(): this {
    return this
  }
  setKeepAlive(): this {
    return this
  }
  ref(): this {
    return this
  }
  unref(): this {
    return this
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.#take(chunk, done)
  }

  override _writev(chunks: { readonly chunk: Buffer }[], done: (error?: Error) => void): void {
    this.#take(
      chunks.length === 1 && chunks[0] ? chunks[0].chunk : Buffer.concat(chunks.map(({ chunk }) => chunk)),
      done,
    )
  }

  override _final(done: () => void): void {
    this.#leave({ abandon: false })
    this.push(null)
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#leave({ abandon: true })
    this.#options.onClose(this)
    done(error)
  }

  #take(chunk: Buffer, done: (error?: Error) => void): void {
    try {
      for (const arrival of this.#reader.push(chunk)) this.#accept(arrival)
      done()
    } catch (error) {
      done(error as Error)
    }
  }

  #accept(arrival: Arrival): void {
    switch (arrival.type) {
      case "encryption-request":
        this.#send(Buffer.from("N"))
        break
      case "startup":
        this.#greet()
        break
      case "batch":
        this.#member.batches.push(arrival.refusal === null ? arrival : createRefusal(arrival.refusal))
        this.#options.queue.enter(this.#member)
        break
      case "cancel":
        this.push(null)
        break
      case "terminate":
        this.#leave({ abandon: false })
    }
  }

  #greet(): void {
    this.#options.whenOpen().then(
      (serverVersion) => this.#send(createGreeting(serverVersion)),
      (error: Error) => this.destroy(error),
    )
  }

  #send(bytes: Uint8Array): void {
    if (this.#closed || this.destroyed) return
    this.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  }

  #leave(how: { readonly abandon: boolean }): void {
    if (this.#closed && !how.abandon) return
    this.#closed = true
    this.#options.queue.leave(this.#member, how)
  }
}

/** Has the server itself refuse, so that its error, the state of the transaction and the end of the answer all agree. */
function createRefusal(message: string): Batch {
  const text = message.replaceAll("'", "''")
  const query = createQuery(
    `DO $refuse$ BEGIN RAISE EXCEPTION USING ERRCODE = '0A000', MESSAGE = '${text}'; END $refuse$`,
  )
  return { type: "batch", bytes: new Uint8Array(query), endsReady: true, refusal: message }
}
