import { refuseStatement } from "./refuse-statement.ts"
import { messageTypes, startupCodes } from "./wire.ts"

/** What arrived on a connection, cut where a server would answer. */
export type Arrival =
  | { readonly type: "encryption-request" }
  | { readonly type: "startup" }
  | { readonly type: "cancel" }
  | { readonly type: "terminate" }
  | Batch

/** Messages up to one that makes the server answer. */
export interface Batch {
  readonly type: "batch"
  /** In an ArrayBuffer of its own, so that it can be handed to a thread without a copy. */
  readonly bytes: Uint8Array<ArrayBuffer>
  /** False for a Flush, after which the server has not yet said where it stands. */
  readonly endsReady: boolean
  /** Why these messages must not reach the database; null when they may. */
  readonly refusal: string | null
}

/** The largest message a client may send: PostgreSQL's own limit for one. */
const maxMessageBytes = 1024 * 1024 * 1024 - 1

/**
 * Cuts the bytes of one connection into batches, however they were split on their way.
 * @throws RangeError for a length that no message can have; the connection is then beyond repair
 */
export class BatchReader {
  #chunks: Uint8Array[] = []
  #bytes = 0
  /** Bytes that must be there before another look is worth it: a large parameter arrives in pieces. */
  #needed = 0
  /** Where in the first chunk the unfinished batch was read up to. */
  #offset = 0
  #started = false
  #refusal: string | null = null

  push(chunk: Uint8Array): readonly Arrival[] {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    if (this.#bytes < this.#needed) return []
    const data = Buffer.concat(this.#chunks, this.#bytes)
    const arrivals: Arrival[] = []
    let rest = data
    for (;;) {
      const taken = this.#started ? this.#takeBatch(rest, arrivals) : this.#takeStartup(rest, arrivals)
      if (taken === 0) break
      rest = rest.subarray(taken)
    }
    this.#chunks = rest.length > 0 ? [rest] : []
    this.#bytes = rest.length
    return arrivals
  }

  #takeStartup(data: Buffer, arrivals: Arrival[]): number {
    this.#needed = 8
    if (data.length < 8) return 0
    const length = checkLength(data.readInt32BE(0), 8)
    this.#needed = length
    if (data.length < length) return 0
    const code = data.readInt32BE(4)
    if (code === startupCodes.ssl || code === startupCodes.gssEncryption) arrivals.push({ type: "encryption-request" })
    else if (code === startupCodes.cancel) arrivals.push({ type: "cancel" })
    else {
      this.#started = true
      arrivals.push({ type: "startup" })
    }
    this.#needed = 0
    return length
  }

  #takeBatch(data: Buffer, arrivals: Arrival[]): number {
    for (;;) {
      this.#needed = this.#offset + 5
      if (data.length < this.#needed) return 0
      const type = data[this.#offset]
      const end = this.#offset + 1 + checkLength(data.readInt32BE(this.#offset + 1), 4)
      this.#needed = end
      if (data.length < end) return 0
      this.#refusal ??= refuseMessage(type, data.subarray(this.#offset + 5, end))
      this.#offset = end
      if (type === messageTypes.terminate) {
        this.#finish()
        arrivals.push({ type: "terminate" })
        return end
      }
      const endsReady = type === messageTypes.sync || type === messageTypes.query || type === messageTypes.functionCall
      if (!endsReady && type !== messageTypes.flush) continue
      const bytes = new Uint8Array(end)
      bytes.set(data.subarray(0, end))
      arrivals.push({ type: "batch", bytes, endsReady, refusal: this.#finish() })
      return end
    }
  }

  #finish(): string | null {
    const refusal = this.#refusal
    this.#refusal = null
    this.#offset = 0
    this.#needed = 0
    return refusal
  }
}

function checkLength(length: number, least: number): number {
  if (length < least || length > maxMessageBytes) throw new RangeError(`a message cannot have the length ${length}`)
  return length
}

function refuseMessage(type: number | undefined, body: Buffer): string | null {
  if (type === messageTypes.query) return refuseStatement(body.toString("utf8", 0, Math.max(0, body.length - 1)))
  if (type !== messageTypes.parse) return null
  const nameEnd = body.indexOf(0)
  if (nameEnd > 0) {
    return `named statements are not available on the embedded database, whose connections share one session (“${body.toString("utf8", 0, nameEnd)}”); leave the name out`
  }
  const textEnd = body.indexOf(0, nameEnd + 1)
  return refuseStatement(body.toString("utf8", nameEnd + 1, textEnd < 0 ? body.length : textEnd))
}
