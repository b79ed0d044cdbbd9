import type { Socket } from "node:net"
import { Deadline, type TimerWheel } from "./timer-wheel.ts"

/** How long a client may take to read why its bytes were refused, in milliseconds. */
const lingerMs = 2000

/** What is known of a connection whose bytes were no request. */
export interface BrokenConnection {
  /** An answer to an earlier request of it is under way. */
  readonly isBusy: boolean
  readonly wheel: TimerWheel
}

/** Lets a connection go whose client does not. */
class Farewell extends Deadline {
  readonly #socket: Socket

  constructor(socket: Socket) {
    super()
    this.#socket = socket
  }

  override expire(): void {
    this.#socket.destroy()
  }
}

/**
 * Bytes that are no HTTP request get an answer that says so, and the connection is closed. Where an earlier request of the
 * connection still waits for its answer, or is getting it, there is no place for ours: the connection is broken off.
 */
export function answerBrokenRequest(
  error: Error & { code?: string },
  socket: Socket,
  { isBusy, wheel }: BrokenConnection,
): void {
  // It goes on sending after its answer; closing now would take that along, and its time is short.
  if (socket.writableEnded) return
  if (!socket.writable || isBusy || error.code === "ECONNRESET") {
    socket.destroy()
    return
  }
  const [status, code, message] = describe(error.code ?? "")
  const body = JSON.stringify({ error: { message, type: "invalid_request_error", param: null, code } })
  const head = [
    `HTTP/1.1 ${status}`,
    "content-type: application/json",
    `content-length: ${Buffer.byteLength(body)}`,
    `x-sluice-error: ${code}`,
    "connection: close",
  ]
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`)
  wheel.add(new Farewell(socket), lingerMs)
}

function describe(code: string): readonly [string, string, string] {
  if (code === "HPE_HEADER_OVERFLOW") {
    return ["431 Request Header Fields Too Large", "invalid_request", "the request headers are larger than 64 kB"]
  }
  if (code === "HPE_CHUNK_EXTENSIONS_OVERFLOW") {
    return ["413 Payload Too Large", "invalid_request", "the body's chunk extensions are larger than 16 kB"]
  }
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") {
    return ["408 Request Timeout", "request_timeout", "the request head stopped coming before it was complete"]
  }
  return ["400 Bad Request", "invalid_request", `this is not a well-formed HTTP/1.1 request (${code})`]
}
