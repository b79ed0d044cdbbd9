import { connect, createServer, type Server, type Socket } from "node:net"

/** A request as its bytes came in. */
export interface RawRequest {
  /** The head, without the blank line. */
  readonly head: string
  readonly body: Buffer
}

/** What a scripted upstream does with one request: it writes to the socket what and when it likes. */
export type RawHandler = (request: RawRequest, socket: Socket) => void

/** A provider made of a bare socket, for answers no HTTP library would write. */
export interface RawUpstream {
  readonly url: string
  /** Replaces what it does with the next requests. */
  handle(handler: RawHandler): void
  readonly requests: readonly RawRequest[]
  /** Every byte that ever came in, whether or not it made a request. */
  bytesReceived(): number
  /** Sockets open now. */
  readonly open: ReadonlySet<Socket>
  close(): Promise<void>
}

/** Starts a scripted upstream on a free loopback port. Bodies need a `content-length`. */
export async function startRawUpstream(first: RawHandler = () => undefined): Promise<RawUpstream> {
  let handler = first
  const requests: RawRequest[] = []
  const open = new Set<Socket>()
  let bytes = 0
  const server = createServer({ noDelay: true }, (socket) => {
    open.add(socket)
    socket.on("close", () => open.delete(socket))
    socket.on("error", () => undefined)
    socket.on("data", (chunk: Buffer) => {
      bytes += chunk.length
    })
    readRequests(socket, (request) => {
      requests.push(request)
      handler(request, socket)
    })
  })
  const port = await listen(server)
  return {
    url: `http://127.0.0.1:${port}`,
    handle: (next) => {
      handler = next
    },
    requests,
    bytesReceived: () => bytes,
    open,
    close: async () => {
      for (const socket of open) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      resolve(typeof address === "object" && address ? address.port : 0)
    })
  })
}

function readRequests(socket: Socket, take: (request: RawRequest) => void): void {
  let pending = Buffer.alloc(0)
  socket.on("data", (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk])
    for (;;) {
      const end = pending.indexOf("\r\n\r\n")
      if (end < 0) return
      const head = pending.toString("latin1", 0, end)
      const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0)
      if (pending.length < end + 4 + length) return
      const body = Buffer.from(pending.subarray(end + 4, end + 4 + length))
      pending = pending.subarray(end + 4 + length)
      take({ head, body })
    }
  })
}

/** An answer as its bytes came in: complete, or broken off. */
export interface RawAnswer {
  readonly status: number
  /** Flat list, names as sent. */
  readonly headers: readonly string[]
  /** Without transfer coding. */
  readonly body: Buffer
  /** False when the connection ended before the answer did. */
  readonly complete: boolean
}

/** The first value of a header of a flat list; null when it is not there. */
export function headerOf(headers: readonly string[], name: string): string | null {
  for (let i = 0; i + 1 < headers.length; i += 2) {
    if (headers[i]?.toLowerCase() === name) return headers[i + 1] ?? null
  }
  return null
}

/**
 * Sends bytes to a server and reads one answer, by hand, so that nothing is hidden by a client library.
 * @param onData told of every piece of the answer as it arrives
 */
export function sendRaw(
  port: number,
  bytes: Buffer | string,
  onData?: (received: Buffer, socket: Socket) => void,
): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true })
    let received = Buffer.alloc(0)
    const settle = (answer: RawAnswer): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.on("connect", () => socket.write(bytes))
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      onData?.(chunk, socket)
      const answer = parseAnswer(received)
      if (answer.complete) settle(answer)
    })
    socket.on("error", () => undefined)
    socket.on("close", () => settle(parseAnswer(received)))
  })
}

/** A connection whose client writes what and when it likes, and does not hang up first. */
export interface RawClient {
  readonly socket: Socket
  /** What came back so far, a character a byte. */
  text(): string
  /** Whether the server closed or broke the connection. */
  isClosed(): boolean
}

/** Opens a connection and writes the bytes. */
export async function openRaw(port: number, bytes: Buffer | string): Promise<RawClient> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true })
  let received = ""
  let closed = false
  const close = (): void => {
    closed = true
  }
  socket.on("data", (chunk: Buffer) => {
    received += chunk.toString("latin1")
  })
  for (const event of ["end", "close", "error"]) socket.on(event, close)
  await new Promise<void>((resolve) => socket.write(bytes, () => resolve()))
  return { socket, text: () => received, isClosed: () => closed }
}

/** Waits, for at most `withinMs`, until something holds; whether it did. */
export async function soon(holds: () => boolean, withinMs = 5000): Promise<boolean> {
  const deadline = performance.now() + withinMs
  while (!holds()) {
    if (performance.now() > deadline) return false
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  return true
}

/** Reads an answer from its bytes (RFC 9112): length, chunked, or until the connection closes (never complete here). */
export function parseAnswer(bytes: Buffer): RawAnswer {
  const end = bytes.indexOf("\r\n\r\n")
  if (end < 0) return { status: 0, headers: [], body: Buffer.alloc(0), complete: false }
  const [statusLine = "", ...lines] = bytes.toString("latin1", 0, end).split("\r\n")
  const status = Number(statusLine.split(" ")[1])
  const headers = lines.flatMap((line) => {
    const colon = line.indexOf(":")
    return [line.slice(0, colon), line.slice(colon + 1).trim()]
  })
  if (status === 204 || status === 304) return { status, headers, body: Buffer.alloc(0), complete: true }
  const rest = bytes.subarray(end + 4)
  if (headerOf(headers, "transfer-encoding") === "chunked") return { status, headers, ...dechunk(rest) }
  const length = Number(headerOf(headers, "content-length") ?? Number.POSITIVE_INFINITY)
  return { status, headers, body: Buffer.from(rest.subarray(0, length)), complete: rest.length >= length }
}

function dechunk(bytes: Buffer): { readonly body: Buffer; readonly complete: boolean } {
  const parts: Buffer[] = []
  let at = 0
  for (;;) {
    const line = bytes.indexOf("\r\n", at)
    if (line < 0) return { body: Buffer.concat(parts), complete: false }
    const size = Number.parseInt(bytes.toString("latin1", at, line), 16)
    const from = line + 2
    if (size === 0) return { body: Buffer.concat(parts), complete: bytes.length >= from + 2 }
    parts.push(bytes.subarray(from, Math.min(from + size, bytes.length)))
    if (bytes.length < from + size + 2) return { body: Buffer.concat(parts), complete: false }
    at = from + size + 2
  }
}

/** A request's bytes with its `content-length` written. */
export function rawRequest(path: string, headers: Readonly<Record<string, string>>, body: Buffer | string): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  const head = [`POST ${path} HTTP/1.1`, "host: gateway", ...lines, `content-length: ${Buffer.byteLength(body)}`]
  return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`, "latin1"), Buffer.from(body)])
}
