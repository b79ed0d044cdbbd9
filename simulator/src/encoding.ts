import {
  type BrotliCompress,
  brotliCompressSync,
  constants,
  createBrotliCompress,
  createDeflate,
  createGzip,
  type Deflate,
  deflateSync,
  type Gzip,
  gzipSync,
} from "node:zlib"

/** Content codings the simulator can apply. */
export const encodings = ["gzip", "deflate", "br"] as const
export type Encoding = (typeof encodings)[number]

/** The coding asked for, when the client's `accept-encoding` allows it; null means none. */
export function chooseEncoding(wanted: string | null, accepted: string | undefined): Encoding | null {
  const encoding = encodings.find((candidate) => candidate === wanted)
  if (encoding === undefined || accepted === undefined) return null
  const allowed = accepted.split(",").some((entry) => {
    const [name, quality] = entry
      .trim()
      .toLowerCase()
      .split(/\s*;\s*q=/)
    return (name === encoding || name === "*") && Number(quality ?? 1) > 0
  })
  return allowed ? encoding : null
}

/** A whole body, compressed. */
export function compress(body: Buffer, encoding: Encoding): Buffer {
  if (encoding === "gzip") return gzipSync(body)
  return encoding === "deflate" ? deflateSync(body) : brotliCompressSync(body, fastBrotli)
}

/** Each piece compressed and flushed, so that a reader can decode every event as it comes. The last one ends the stream. */
export function compressPieces(pieces: readonly Buffer[], encoding: Encoding): Promise<readonly Buffer[]> {
  return new Promise((resolve, reject) => {
    const stream = createStream(encoding)
    const compressed: Buffer[] = []
    let pending: Buffer[] = []
    const take = (): void => {
      compressed.push(Buffer.concat(pending))
      pending = []
    }
    stream.on("data", (data: Buffer) => pending.push(data))
    stream.on("error", reject)
    stream.on("end", () => {
      take()
      resolve(compressed)
    })
    const next = (index: number): void => {
      const piece = pieces[index]
      if (piece === undefined) {
        stream.end()
        return
      }
      stream.write(piece)
      stream.flush(() => {
        take()
        next(index + 1)
      })
    }
    next(0)
  })
}

const fastBrotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }

function createStream(encoding: Encoding): Gzip | Deflate | BrotliCompress {
  if (encoding === "gzip") return createGzip()
  return encoding === "deflate" ? createDeflate() : createBrotliCompress(fastBrotli)
}
