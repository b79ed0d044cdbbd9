import type { SnapshotEntity, SnapshotLine } from "@sluice/protocol/snapshot"

/** Where a subscriber's lines go: a socket, as far as the hub can tell. */
export interface SnapshotSink {
  /** Takes some lines. False: no more until the subscription's `resume` is called. */
  write(lines: string): boolean
  /** The hub lets go of this subscriber; it may come back and gets a base. */
  end(reason: string): void
}

/** A line as it is sent. */
export const toText = (line: SnapshotLine): string => `${JSON.stringify(line)}\n`

/** Entities of a base that are sent in one write. */
const baseChunk = 200

/** Lines waiting for a subscriber that does not read, in characters, before it is let go. */
const queueLimit = 16 * 1024 * 1024

/**
 * One gateway's place in the stream: what it was not sent yet, in order. A base is made while it is sent, from the entities
 * as they then are; changes meanwhile follow it, and repeating one does no harm, because a line carries a state and not a step.
 */
export class SnapshotSubscriber {
  readonly #sink: SnapshotSink
  readonly #waiting: string[] = []
  #waitingLength = 0
  #base: Iterator<string> | null
  #blocked = false
  #ended = false

  constructor(sink: SnapshotSink, base: Iterator<string> | null) {
    this.#sink = sink
    this.#base = base
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Sends lines after everything that waits. A subscriber too far behind is let go. */
  send(lines: string): void {
    if (this.#ended) return
    this.#waiting.push(lines)
    this.#waitingLength += lines.length
    this.#pump()
    if (this.#waitingLength > queueLimit) this.end("too far behind")
  }

  /** As `send`, unless something waits already: then a sign of life is not worth queueing. */
  sendIfIdle(lines: string): void {
    if (!this.#blocked && this.#waiting.length === 0 && !this.#base) this.send(lines)
  }

  /** The sink can take more. */
  resume(): void {
    this.#blocked = false
    this.#pump()
  }

  end(reason: string): void {
    if (this.#ended) return
    this.close()
    this.#sink.end(reason)
  }

  /** The other side went away: nothing is sent any more. */
  close(): void {
    this.#ended = true
    this.#waiting.length = 0
    this.#waitingLength = 0
    this.#base = null
  }

  #pump(): void {
    while (!this.#blocked && !this.#ended) {
      const lines = this.#next()
      if (lines === null) return
      this.#blocked = !this.#sink.write(lines)
    }
  }

  #next(): string | null {
    const chunk = this.#base?.next()
    if (chunk && !chunk.done) return chunk.value
    this.#base = null
    const lines = this.#waiting.shift() ?? null
    if (lines !== null) this.#waitingLength -= lines.length
    return lines
  }
}

/** The lines of a base, some at a time. Reads the map as it is when a chunk is asked for. */
export function* baseLines(version: string, entities: ReadonlyMap<string, SnapshotEntity>): Generator<string> {
  yield toText({ line: "base-begin", version })
  let chunk = ""
  let count = 0
  for (const entity of entities.values()) {
    chunk += toText({ line: "put", entity })
    count += 1
    if (count % baseChunk === 0) {
      yield chunk
      chunk = ""
    }
  }
  yield chunk + toText({ line: "base-end", version })
}
