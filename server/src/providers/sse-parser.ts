/** Bytes an event may have, field names and line ends included, before it is skipped. */
export const defaultMaxEventBytes = 1024 * 1024

const lineFeed = 0x0a
const carriageReturn = 0x0d
const colon = 0x3a
const space = 0x20

/**
 * Splits a byte stream into server-sent events as it arrives (WHATWG HTML §9.2.6: LF, CR or CRLF, a byte order mark,
 * comments, several `data` lines). The callback gets the event's name (`message` when it has none) and its data.
 *
 * An event longer than `maxEventBytes` is skipped without being held, and counted in `oversized`. An event that the
 * stream ended inside is discarded, as the standard says. Never throws, unless the callback does.
 */
export class SseParser {
  readonly #onEvent: (event: string, data: string) => void
  readonly #maxEventBytes: number
  /** The beginning of a line whose end has not come. */
  #carry: Buffer = empty
  #carried = 0
  #event = ""
  #data = ""
  #hasData = false
  /** Bytes of the event's fields so far. */
  #size = 0
  #skipping = false
  /** In a line of a skipped event, whether it has any bytes: a blank one ends the event. */
  #skippedLine = false
  #afterReturn = false
  #atStart = true
  #boundary = true
  /** Events that were skipped for their size. */
  oversized = 0

  constructor(
    onEvent: (event: string, data: string) => void,
    options: { readonly maxEventBytes?: number | undefined } = {},
  ) {
    this.#onEvent = onEvent
    this.#maxEventBytes = options.maxEventBytes ?? defaultMaxEventBytes
  }

  /** True when everything pushed so far ends after a blank line (or is nothing): an event may be inserted here. */
  get atBoundary(): boolean {
    return this.#boundary
  }

  /** Takes the stream's next bytes; the chunk is not kept. */
  push(chunk: Buffer): void {
    const { length } = chunk
    let at = 0
    if (this.#afterReturn && length > 0) {
      this.#afterReturn = false
      if (chunk[0] === lineFeed) at = 1
    }
    let nextReturn = chunk.indexOf(carriageReturn, at)
    let feed = chunk.indexOf(lineFeed, at)
    while (at < length) {
      // Looked for again only when passed: a stream of returns alone would be searched to its end for each of them.
      if (feed !== -1 && feed < at) feed = chunk.indexOf(lineFeed, at)
      if (nextReturn !== -1 && nextReturn < at) nextReturn = chunk.indexOf(carriageReturn, at)
      let end = feed
      let next = feed + 1
      if (nextReturn !== -1 && (feed === -1 || nextReturn < feed)) {
        end = nextReturn
        next = end + 1
        if (next === length) this.#afterReturn = true
        else if (chunk[next] === lineFeed) next += 1
      }
      if (end === -1) {
        this.#keep(chunk, at)
        return
      }
      this.#endLine(chunk, at, end)
      at = next
    }
  }

  /** Holds the beginning of a line, unless its event is or becomes too long. */
  #keep(chunk: Buffer, from: number): void {
    this.#boundary = false
    const added = chunk.length - from
    if (this.#size + this.#carried + added > this.#maxEventBytes) this.#skip()
    if (this.#skipping) {
      this.#skippedLine = true
      return
    }
    const needed = this.#carried + added
    if (needed > this.#carry.length) {
      const grown = Buffer.allocUnsafeSlow(Math.min(Math.max(256, needed * 2), Math.max(needed, this.#maxEventBytes)))
      this.#carry.copy(grown, 0, 0, this.#carried)
      this.#carry = grown
    }
    chunk.copy(this.#carry, this.#carried, from)
    this.#carried = needed
  }

  #skip(): void {
    if (!this.#skipping) this.oversized += 1
    // A byte order mark stands before the first line only, and that one is passed over.
    this.#atStart = false
    this.#skipping = true
    this.#skippedLine ||= this.#carried > 0
    this.#release()
    this.#data = ""
  }

  #release(): void {
    this.#carried = 0
    // A long line's buffer is not worth keeping for the short ones that follow.
    if (this.#carry.length > 16_384) this.#carry = empty
  }

  #endLine(chunk: Buffer, start: number, end: number): void {
    if (this.#skipping) {
      const blank = !this.#skippedLine && start === end
      this.#skippedLine = false
      if (blank) this.#dispatch()
      return
    }
    if (this.#carried === 0) {
      this.#line(chunk, start, end)
      return
    }
    this.#keep(chunk.subarray(0, end), start)
    if (this.#skipping) {
      this.#skippedLine = false
      return
    }
    const line = this.#carry
    const length = this.#carried
    this.#line(line, 0, length)
    this.#release()
  }

  #line(bytes: Buffer, from: number, end: number): void {
    let start = from
    if (this.#atStart) {
      this.#atStart = false
      if (bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf && end - start >= 3)
        start += 3
    }
    if (start === end) {
      this.#dispatch()
      return
    }
    this.#boundary = false
    if (this.#size + end - from > this.#maxEventBytes) {
      this.#skip()
      this.#skippedLine = false
      return
    }
    const first = bytes[start]
    if (first === colon) return
    if (first === 0x64 && isField(bytes, start, end, "data")) {
      const value = fieldValue(bytes, start + 4, end)
      this.#data = this.#hasData ? `${this.#data}\n${value}` : value
      this.#hasData = true
      this.#size += end - from
    } else if (first === 0x65 && isField(bytes, start, end, "event")) {
      this.#event = fieldValue(bytes, start + 5, end)
      this.#size += end - from
    }
  }

  #dispatch(): void {
    const event = this.#event === "" ? "message" : this.#event
    const data = this.#data
    const whole = this.#hasData && !this.#skipping
    this.#event = ""
    this.#data = ""
    this.#hasData = false
    this.#size = 0
    this.#skipping = false
    this.#boundary = true
    if (whole) this.#onEvent(event, data)
  }
}

const empty: Buffer = Buffer.alloc(0)

/** Whether the line's field name is this one: it ends at the colon or, without one, at the line's end. */
function isField(bytes: Buffer, start: number, end: number, name: string): boolean {
  const { length } = name
  if (end - start < length) return false
  for (let i = 1; i < length; i += 1) if (bytes[start + i] !== name.charCodeAt(i)) return false
  return end - start === length || bytes[start + length] === colon
}

/** What stands after the colon at `at`, without one leading space. */
function fieldValue(bytes: Buffer, at: number, end: number): string {
  if (at >= end) return ""
  const start = bytes[at + 1] === space && at + 1 < end ? at + 2 : at + 1
  return bytes.toString("utf8", start, end)
}
