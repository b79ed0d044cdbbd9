/** Longest line taken, in bytes: the catalog is the longest, and a tenth of this. */
const longestLine = 32 * 1024 * 1024

/** Cuts a stream of bytes into lines, whatever the chunks. */
export class LineReader {
  readonly #onLine: (line: string) => void
  #pending: Buffer[] = []
  #pendingBytes = 0

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine
  }

  /** @throws RangeError when a line does not end; whatever `onLine` throws */
  push(chunk: Buffer): void {
    let from = 0
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      const piece = chunk.subarray(from, end)
      const line = this.#pending.length > 0 ? Buffer.concat([...this.#pending, piece]) : piece
      this.#pending = []
      this.#pendingBytes = 0
      from = end + 1
      if (line.length > 0) this.#onLine(line.toString())
    }
    if (from === chunk.length) return
    this.#pending.push(chunk.subarray(from))
    this.#pendingBytes += chunk.length - from
    if (this.#pendingBytes > longestLine) throw new RangeError("a line of the snapshot does not end")
  }
}
