import type { Transform } from "node:stream"
import { constants, createBrotliDecompress, createGunzip, createInflate } from "node:zlib"

/** Bytes one answer may inflate to before its reading is given up: the longest streams of models are a tenth of it. */
const inflatedBudget = 64 * 1024 * 1024
/** Compressed bytes that may wait to be inflated, when an answer comes faster than that. */
const waitingCap = 4 * 1024 * 1024

export type CompressedEncoding = "gzip" | "deflate" | "br"

/**
 * Inflates a copy of a compressed stream beside its relay, in the thread pool. The relay waits for nothing here, so what
 * comes too fast, explodes or is broken is given up, and nothing of it stays in memory.
 */
export class StreamInflater {
  readonly #take: (chunk: Buffer) => void
  #inflater: Transform | null
  #inflated = 0
  #waiting: Buffer[] = []
  #waitingBytes = 0
  #isBusy = false
  #done: (() => void) | null = null
  /** Whether a part of the stream was not read. */
  gaveUp = false

  /** @param take called with every inflated piece */
  constructor(encoding: CompressedEncoding, take: (chunk: Buffer) => void) {
    this.#take = take
    this.#inflater = createInflater(encoding)
    this.#inflater.on("data", (chunk: Buffer) => this.#receive(chunk))
    // A cut or broken stream: the client got the same bytes and will say so itself.
    this.#inflater.on("error", () => this.#giveUp())
    this.#inflater.on("close", () => this.#finish())
  }

  /** What comes while an earlier piece is inflated goes on as one: a piece is a round through the thread pool. */
  push(chunk: Buffer): void {
    if (!this.#inflater) return
    this.#waiting.push(chunk)
    this.#waitingBytes += chunk.length
    if (this.#waitingBytes > waitingCap) this.#giveUp()
    else if (!this.#isBusy) this.#inflateWaiting()
  }

  /** No more will come; calls back once when all of it was read or given up. */
  end(done: () => void): void {
    if (!this.#inflater) {
      done()
      return
    }
    this.#done = done
    if (!this.#isBusy) this.#inflater.end()
  }

  #inflateWaiting(): void {
    const piece = this.#waiting.length === 1 ? (this.#waiting[0] as Buffer) : Buffer.concat(this.#waiting)
    this.#waiting = []
    this.#waitingBytes = 0
    this.#isBusy = true
    this.#inflater?.write(piece, () => {
      this.#isBusy = false
      if (this.#waiting.length > 0) this.#inflateWaiting()
      else if (this.#done) this.#inflater?.end()
    })
  }

  #receive(chunk: Buffer): void {
    if (this.gaveUp) return
    this.#inflated += chunk.length
    if (this.#inflated > inflatedBudget) this.#giveUp()
    else this.#take(chunk)
  }

  #giveUp(): void {
    this.gaveUp = true
    this.#waiting = []
    this.#inflater?.destroy()
    this.#finish()
  }

  #finish(): void {
    this.#inflater = null
    const done = this.#done
    this.#done = null
    done?.()
  }
}

function createInflater(encoding: CompressedEncoding): Transform {
  if (encoding === "br") return createBrotliDecompress({ flush: constants.BROTLI_OPERATION_FLUSH })
  const options = { flush: constants.Z_SYNC_FLUSH }
  return encoding === "gzip" ? createGunzip(options) : createInflate(options)
}
