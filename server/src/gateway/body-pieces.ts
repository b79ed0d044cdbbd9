const empty = Buffer.alloc(0)

/** A piece smaller than this is copied next to its neighbours. */
const smallBytes = 1024
/** What small pieces are gathered in, in bytes. */
const gatherBytes = 16 * 1024

/**
 * A body as it comes in. A client may send it in pieces of a byte, and each would cost an object of a hundred; gathered, they
 * cost their bytes. A body that comes in one piece, as almost all do, is that piece.
 */
export class BodyPieces {
  readonly #pieces: Buffer[] = []
  #gathering = empty
  #gathered = 0
  /** Bytes so far. */
  size = 0

  /** Objects held for the bytes so far. */
  get count(): number {
    return this.#pieces.length + (this.#gathered > 0 ? 1 : 0)
  }

  push(piece: Buffer): void {
    const isFirst = this.size === 0
    this.size += piece.length
    if (piece.length >= smallBytes || isFirst) {
      this.#flush()
      this.#pieces.push(piece)
      return
    }
    if (this.#gathered + piece.length > this.#gathering.length) {
      this.#flush()
      this.#gathering = Buffer.allocUnsafeSlow(gatherBytes)
    }
    this.#gathered += piece.copy(this.#gathering, this.#gathered)
  }

  /** The whole, in one piece. Ends the gathering. */
  join(): Buffer {
    this.#flush()
    const [first] = this.#pieces
    return this.#pieces.length > 1 ? Buffer.concat(this.#pieces, this.size) : (first ?? empty)
  }

  /** What was gathered becomes a piece; what is left of its room is gathered in next. */
  #flush(): void {
    if (this.#gathered === 0) return
    this.#pieces.push(this.#gathering.subarray(0, this.#gathered))
    this.#gathering = this.#gathering.subarray(this.#gathered)
    this.#gathered = 0
  }
}
