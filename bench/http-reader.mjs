/**
 * Reads HTTP/1.1 messages, requests or answers, off one connection: the least that load and upstream need, and cheap, because
 * what it costs is part of what everybody is measured with. Bodies with a length or chunked; an answer framed by the
 * connection's end is refused.
 */
export class HttpReader {
  #on
  #state = "head"
  /** What came of a head or a chunk's size line that is not whole yet. */
  #held = null
  #left = 0
  #isAnswer

  /**
   * @param on `head(text)`, `body(buffer)` for each piece as it comes, `end()`
   * @param isAnswer whether a message without a length is an error (an answer) or has no body (a request)
   */
  constructor(on, { isAnswer }) {
    this.#on = on
    this.#isAnswer = isAnswer
  }

  /** @throws Error on what is no HTTP */
  push(chunk) {
    let rest = this.#held ? Buffer.concat([this.#held, chunk]) : chunk
    this.#held = null
    while (rest.length > 0) {
      const used = this.#step(rest)
      if (used === 0) {
        if (rest.length > 128 * 1024) throw new Error("a head of more than 128 kB")
        this.#held = rest
        return
      }
      rest = used === rest.length ? empty : rest.subarray(used)
    }
  }

  #step(rest) {
    if (this.#state === "head") return this.#readHead(rest)
    if (this.#state === "body" || this.#state === "chunk") return this.#readBody(rest)
    return this.#readLine(rest)
  }

  #readHead(rest) {
    const end = rest.indexOf("\r\n\r\n")
    if (end === -1) return 0
    const text = rest.latin1Slice(0, end + 2)
    const isChunked = /\r\ntransfer-encoding: *chunked/i.test(text)
    const length = isChunked ? null : /\r\ncontent-length: *(\d+)/i.exec(text)
    if (!isChunked && !length && this.#isAnswer) throw new Error(`an answer without a length: ${text.slice(0, 200)}`)
    this.#left = length ? Number(length[1]) : 0
    this.#state = isChunked ? "size" : "body"
    this.#on.head(text)
    if (!isChunked && this.#left === 0) this.#finish()
    return end + 4
  }

  #readBody(rest) {
    const take = Math.min(this.#left, rest.length)
    this.#left -= take
    this.#on.body(take === rest.length ? rest : rest.subarray(0, take))
    if (this.#left === 0) {
      if (this.#state === "body") this.#finish()
      else this.#state = "after-chunk"
    }
    return take
  }

  /** The line after a chunk, a chunk's size, or a trailer. */
  #readLine(rest) {
    const end = rest.indexOf("\r\n")
    if (end === -1) return 0
    if (this.#state === "after-chunk") {
      if (end !== 0) throw new Error("a chunk that is longer than its size")
      this.#state = "size"
    } else if (this.#state === "size") {
      this.#left = Number.parseInt(rest.latin1Slice(0, end), 16)
      if (!(this.#left >= 0)) throw new Error("a chunk without a size")
      this.#state = this.#left === 0 ? "trailer" : "chunk"
    } else if (end === 0) this.#finish()
    return end + 2
  }

  #finish() {
    this.#state = "head"
    this.#on.end()
  }
}

const empty = Buffer.alloc(0)

/** The status of an answer's head. */
export const statusOf = (head) => Number(head.slice(9, 12))
