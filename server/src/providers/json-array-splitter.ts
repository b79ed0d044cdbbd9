import { defaultMaxEventBytes } from "./sse-parser.ts"

const quote = 0x22
const comma = 0x2c
const openBracket = 0x5b
const backslash = 0x5c
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d

/** 1: may end a plain run between strings. */
const structural = new Uint8Array(256)
for (const character of '"[]{},') structural[character.charCodeAt(0)] = 1

const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

/**
 * Cuts a top-level JSON array into its elements as they complete, at any chunking: Gemini streams one array of answers
 * when `alt=sse` is not asked for. The callback gets an element's JSON text; whether it is valid is for its reader.
 *
 * An element longer than `maxElementBytes` is skipped without being held, and counted in `oversized`. Anything but an
 * array sets `broken` and ends the reading. Never throws, unless the callback does.
 */
export class JsonArraySplitter {
  readonly #onElement: (json: string) => void
  readonly #maxElementBytes: number
  #state: "before" | "between" | "element" | "after" = "before"
  #depth = 0
  #inString = false
  #escaped = false
  #carry: Buffer = empty
  #carried = 0
  #skipping = false
  /** Elements that were skipped for their size. */
  oversized = 0
  /** True when the bytes were not one JSON array. */
  broken = false

  constructor(onElement: (json: string) => void, options: { readonly maxElementBytes?: number | undefined } = {}) {
    this.#onElement = onElement
    this.#maxElementBytes = options.maxElementBytes ?? defaultMaxEventBytes
  }

  /** Takes the stream's next bytes; the chunk is not kept. */
  push(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length && !this.broken)
      at = this.#state === "element" ? this.#element(chunk, at) : this.#gap(chunk, at)
  }

  /** Reads one byte outside elements; returns where to go on. */
  #gap(chunk: Buffer, at: number): number {
    const byte = chunk[at]
    if (isSpace(byte)) return at + 1
    if (this.#state === "before") {
      if (byte !== openBracket) this.broken = true
      this.#state = "between"
    } else if (this.#state === "after") this.broken = true
    else if (byte === closeBracket) this.#state = "after"
    else if (byte === closeBrace) this.broken = true
    else if (byte !== comma) {
      this.#state = "element"
      return at
    }
    return at + 1
  }

  /** Reads on in an element, to its end or the chunk's. */
  #element(chunk: Buffer, start: number): number {
    const { length } = chunk
    let at = start
    while (at < length) {
      if (this.#inString) {
        at = this.#string(chunk, at)
        continue
      }
      while (at < length && structural[chunk[at] as number] === 0) at += 1
      if (at === length) break
      const byte = chunk[at]
      if (byte === quote) this.#inString = true
      else if (byte === openBrace || byte === openBracket) this.#depth += 1
      else if (this.#depth === 0) {
        this.#keep(chunk, start, at)
        this.#end()
        // A brace that was never opened: read as an element it would never be passed.
        if (byte === closeBrace) this.broken = true
        return at
      } else if (byte === closeBrace || byte === closeBracket) {
        this.#depth -= 1
        if (this.#depth === 0) {
          this.#keep(chunk, start, at + 1)
          this.#end()
          return at + 1
        }
      }
      at += 1
    }
    this.#keep(chunk, start, length)
    return length
  }

  /** Reads on in a string; returns the position after its quote, or the chunk's end. */
  #string(chunk: Buffer, start: number): number {
    const { length } = chunk
    let at = start
    if (this.#escaped) {
      this.#escaped = false
      at += 1
    }
    while (at < length) {
      const byte = chunk[at]
      if (byte === quote) {
        this.#inString = false
        return at + 1
      }
      if (byte === backslash) {
        at += 1
        if (at === length) this.#escaped = true
      }
      at += 1
    }
    return length
  }

  #keep(chunk: Buffer, start: number, end: number): void {
    if (this.#skipping) return
    const needed = this.#carried + end - start
    if (needed > this.#maxElementBytes) {
      this.#skipping = true
      this.oversized += 1
      this.#carry = empty
      this.#carried = 0
      return
    }
    if (needed > this.#carry.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(1024, needed * 2))
      this.#carry.copy(grown, 0, 0, this.#carried)
      this.#carry = grown
    }
    chunk.copy(this.#carry, this.#carried, start, end)
    this.#carried = needed
  }

  #end(): void {
    const json = this.#skipping ? null : this.#carry.toString("utf8", 0, this.#carried)
    this.#state = "between"
    this.#carried = 0
    if (this.#carry.length > 65_536) this.#carry = empty
    this.#skipping = false
    if (json !== null) this.#onElement(json)
  }
}

const empty: Buffer = Buffer.alloc(0)
