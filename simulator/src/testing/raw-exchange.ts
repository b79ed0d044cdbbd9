import { connect, type Socket } from "node:net"

/** What came over one connection, and how it ended. */
export interface RawAnswer {
  readonly bytes: Buffer
  readonly text: string
  /** `open`: the caller stopped listening at `until`; `reset`: RST instead of FIN. */
  readonly ending: "closed" | "reset" | "open"
  /** Sizes of the reads, in order. */
  readonly reads: readonly number[]
}

/** A request without a library between the test and the wire. */
export interface RawRequest {
  readonly port: number
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: object | string
  /** Stops as soon as the answer contains it; else at the connection's end. */
  readonly until?: string
}

/** Sends one request on a connection of its own and keeps every byte that comes back. */
export function exchangeRaw(request: RawRequest): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const socket = connect(request.port, "127.0.0.1", () => socket.write(renderRequest(request)))
    const parts: Buffer[] = []
    const settle = (ending: RawAnswer["ending"]): void => {
      socket.destroy()
      const bytes = Buffer.concat(parts)
      resolve({ bytes, text: bytes.toString("utf8"), ending, reads: parts.map((part) => part.length) })
    }
    let text = ""
    socket.on("data", (part: Buffer) => {
      parts.push(part)
      if (request.until === undefined) return
      text += part.toString("latin1")
      if (text.includes(request.until)) settle("open")
    })
    socket.on("error", () => settle("reset"))
    socket.on("end", () => settle("closed"))
  })
}

/** Sends a request and keeps the connection, for a test that leaves or waits on its own terms. */
export function openRaw(request: RawRequest): Socket {
  const socket = connect(request.port, "127.0.0.1", () => socket.write(renderRequest(request)))
  socket.on("error", () => socket.destroy())
  return socket
}

function renderRequest(request: RawRequest): string {
  const body = typeof request.body === "string" ? request.body : JSON.stringify(request.body ?? {})
  const headers = {
    host: "simulator",
    authorization: "Bearer any",
    "anthropic-version": "2023-06-01",
    "content-length": String(Buffer.byteLength(body)),
    connection: "close",
    ...request.headers,
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `POST ${request.path ?? "/v1/chat/completions"} HTTP/1.1\r\n${lines.join("")}\r\n${body}`
}
