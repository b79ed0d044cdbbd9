import { brotliDecompress, brotliDecompressSync, gunzip, gunzipSync, inflate, inflateSync } from "node:zlib"
import { JsonArraySplitter } from "../providers/json-array-splitter.ts"
import type { AnswerReader } from "../providers/provider.ts"
import { SseParser } from "../providers/sse-parser.ts"
import { type CompressedEncoding, StreamInflater } from "./stream-inflater.ts"

/** A whole answer larger than this is relayed and not read. */
const bodyCap = 16 * 1024 * 1024
/** Compressed answers up to this are inflated at once; larger ones in the thread pool. */
const inlineInflateCap = 64 * 1024
/** And only as long as they inflate to no more than this; what explodes is inflated in the thread pool, up to the cap. */
const inlineInflatedCap = 1024 * 1024
/** Gaps between tokens kept for the percentiles. */
const gapCap = 2048

export type AnswerShape = "sse" | "json-array" | "whole"
export type AnswerEncoding = "identity" | CompressedEncoding

/** The encoding named by `content-encoding`; null for one that cannot be read. */
export function toAnswerEncoding(header: string | null): AnswerEncoding | null {
  switch (header?.trim().toLowerCase() ?? "") {
    case "":
    case "identity":
      return "identity"
    case "gzip":
    case "x-gzip":
      return "gzip"
    case "deflate":
      return "deflate"
    case "br":
      return "br"
    default:
      return null
  }
}

/**
 * Reads a copy of an answer beside its relay: `push` is called after the bytes were handed on, so nothing here can delay,
 * change or break them. Whatever cannot be read is left unread and said so by `unreadable`.
 */
export class AnswerTap {
  readonly #reader: AnswerReader
  readonly #shape: AnswerShape
  readonly #encoding: AnswerEncoding
  readonly #now: () => number
  readonly #sse: SseParser | null
  readonly #array: JsonArraySplitter | null
  #chunks: Buffer[] = []
  #size = 0
  readonly #inflater: StreamInflater | null
  #lastTokenAt = 0
  /** Monotonic time of the first event that carried model output; 0 before it. */
  firstTokenAt = 0
  readonly gaps: number[] = []
  #unreadable = false

  constructor(reader: AnswerReader, shape: AnswerShape, encoding: AnswerEncoding, now: () => number) {
    this.#reader = reader
    this.#shape = shape
    this.#encoding = encoding
    this.#now = now
    const onEvent = (_event: string, data: string): void => this.#event(data)
    this.#sse = shape === "sse" ? new SseParser(onEvent) : null
    this.#array = shape === "json-array" ? new JsonArraySplitter((element) => this.#event(element)) : null
    const inflates = shape !== "whole" && encoding !== "identity"
    this.#inflater = inflates ? new StreamInflater(encoding, (chunk) => this.#read(chunk)) : null
  }

  /** Whether an event may be inserted here: an uncompressed event stream that stands between two events. */
  get atBoundary(): boolean {
    return this.#sse !== null && this.#encoding === "identity" && this.#sse.atBoundary
  }

  /** Whether a part of the answer was too large, too broken or too well compressed to be read. */
  get unreadable(): boolean {
    const skipped = (this.#sse?.oversized ?? 0) + (this.#array?.oversized ?? 0)
    return this.#unreadable || this.#inflater?.gaveUp === true || skipped > 0 || this.#array?.broken === true
  }

  push(chunk: Buffer): void {
    if (this.#inflater) this.#inflater.push(chunk)
    else if (this.#shape === "whole") this.#keep(chunk)
    else this.#read(chunk)
  }

  /** Reads what is left after the last byte was relayed, and calls back when the reader knows all it will know. */
  end(done: () => void): void {
    if (this.#inflater) this.#inflater.end(done)
    else if (this.#shape === "whole") this.#readWhole(done)
    else done()
  }

  /** A reader that meets what it cannot bear must cost the answer its reading, and never its relay. */
  #read(chunk: Buffer): void {
    if (this.#unreadable) return
    try {
      if (this.#sse) this.#sse.push(chunk)
      else this.#array?.push(chunk)
    } catch {
      this.#unreadable = true
    }
  }

  #readBody(body: Buffer): void {
    try {
      this.#reader.readBody(body)
    } catch {
      this.#unreadable = true
    }
  }

  #event(data: string): void {
    if (!this.#reader.readEvent(data)) return
    const now = this.#now()
    if (this.firstTokenAt === 0) this.firstTokenAt = now
    else if (this.gaps.length < gapCap) this.gaps.push(now - this.#lastTokenAt)
    this.#lastTokenAt = now
  }

  #keep(chunk: Buffer): void {
    this.#size += chunk.length
    if (this.#size <= bodyCap) this.#chunks.push(chunk)
    else {
      this.#chunks = []
      this.#unreadable = true
    }
  }

  #readWhole(done: () => void): void {
    if (this.#unreadable || this.#size === 0) {
      done()
      return
    }
    const body = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks)
    this.#chunks = []
    if (this.#encoding === "identity") {
      this.#readBody(body)
      done()
    } else if (body.length <= inlineInflateCap) this.#inflateInline(body, done)
    else this.#inflateAside(body, done)
  }

  #inflateInline(body: Buffer, done: () => void): void {
    const options = { maxOutputLength: inlineInflatedCap }
    let whole: Buffer
    try {
      if (this.#encoding === "gzip") whole = gunzipSync(body, options)
      else if (this.#encoding === "deflate") whole = inflateSync(body, options)
      else whole = brotliDecompressSync(body, options)
    } catch (error) {
      if ((error as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE") this.#inflateAside(body, done)
      else {
        this.#unreadable = true
        done()
      }
      return
    }
    this.#readBody(whole)
    done()
  }

  #inflateAside(body: Buffer, done: () => void): void {
    const finish = (error: Error | null, whole: Buffer): void => {
      if (error) this.#unreadable = true
      else this.#readBody(whole)
      done()
    }
    const options = { maxOutputLength: bodyCap }
    if (this.#encoding === "gzip") gunzip(body, options, finish)
    else if (this.#encoding === "deflate") inflate(body, options, finish)
    else brotliDecompress(body, options, finish)
  }
}
