import type { Transform } from "node:stream"
import {
  brotliDecompress,
  brotliDecompressSync,
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  gunzip,
  gunzipSync,
  inflate,
  inflateSync,
} from "node:zlib"
import { JsonArraySplitter } from "../providers/json-array-splitter.ts"
import type { AnswerReader } from "../providers/provider.ts"
import { SseParser } from "../providers/sse-parser.ts"

/** A whole answer larger than this is relayed and not read. */
const bodyCap = 16 * 1024 * 1024
/** Compressed answers up to this are inflated at once; larger ones in the thread pool. */
const inlineInflateCap = 64 * 1024
/** Gaps between tokens kept for the percentiles. */
const gapCap = 2048

export type AnswerShape = "sse" | "json-array" | "whole"
export type AnswerEncoding = "identity" | "gzip" | "deflate" | "br"

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
  #inflater: Transform | null = null
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
    if (shape !== "whole" && encoding !== "identity") this.#inflater = this.#openInflater()
  }

  /** Whether an event may be inserted here: an uncompressed event stream that stands between two events. */
  get atBoundary(): boolean {
    return this.#sse !== null && this.#encoding === "identity" && this.#sse.atBoundary
  }

  /** Whether a part of the answer was too large, too broken or too well compressed to be read. */
  get unreadable(): boolean {
    const skipped = (this.#sse?.oversized ?? 0) + (this.#array?.oversized ?? 0)
    return this.#unreadable || skipped > 0 || this.#array?.broken === true
  }

  push(chunk: Buffer): void {
    if (this.#inflater) this.#inflater.write(chunk)
    else if (this.#sse) this.#sse.push(chunk)
    else if (this.#array) this.#array.push(chunk)
    else this.#keep(chunk)
  }

  /** Reads what is left after the last byte was relayed, and calls back when the reader knows all it will know. */
  end(done: () => void): void {
    if (this.#inflater) {
      this.#inflater.once("close", done)
      this.#inflater.end()
    } else if (this.#shape === "whole") this.#readWhole(done)
    else done()
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
      this.#reader.readBody(body)
      done()
    } else if (body.length <= inlineInflateCap) this.#inflateInline(body, done)
    else this.#inflateAside(body, done)
  }

  #inflateInline(body: Buffer, done: () => void): void {
    const options = { maxOutputLength: bodyCap }
    try {
      if (this.#encoding === "gzip") this.#reader.readBody(gunzipSync(body, options))
      else if (this.#encoding === "deflate") this.#reader.readBody(inflateSync(body, options))
      else this.#reader.readBody(brotliDecompressSync(body, options))
    } catch {
      this.#unreadable = true
    }
    done()
  }

  #inflateAside(body: Buffer, done: () => void): void {
    const finish = (error: Error | null, whole: Buffer): void => {
      if (error) this.#unreadable = true
      else this.#reader.readBody(whole)
      done()
    }
    const options = { maxOutputLength: bodyCap }
    if (this.#encoding === "gzip") gunzip(body, options, finish)
    else if (this.#encoding === "deflate") inflate(body, options, finish)
    else brotliDecompress(body, options, finish)
  }

  #openInflater(): Transform {
    const inflater = this.#createInflater()
    inflater.on("data", (chunk: Buffer) => {
      if (this.#sse) this.#sse.push(chunk)
      else this.#array?.push(chunk)
    })
    // A cut or broken stream: the client got the same bytes and will say so itself.
    inflater.on("error", () => {
      this.#unreadable = true
    })
    return inflater
  }

  #createInflater(): Transform {
    if (this.#encoding === "br") {
      return createBrotliDecompress({ flush: constants.BROTLI_OPERATION_FLUSH })
    }
    const options = { flush: constants.Z_SYNC_FLUSH }
    return this.#encoding === "gzip" ? createGunzip(options) : createInflate(options)
  }
}
