import { connect } from "node:net"
import { HttpReader, statusOf } from "../http-reader.mjs"

/**
 * One connection that carries one request at a time. `send` gives it a whole request as bytes and who listens: `head(status)`,
 * `body(buffer)`, `end()`, `failed(error)`. Exactly one of the last two is called for a request.
 */
export class Connection {
  #socket
  #listener = null
  /** Called when the connection closes while nothing is asked of it. */
  onIdleClose = () => {}

  constructor({ host, port }) {
    const reader = new HttpReader(
      {
        head: (text) => this.#listener?.head?.(statusOf(text)),
        body: (part) => this.#listener?.body?.(part),
        end: () => {
          const listener = this.#listener
          this.#listener = null
          listener?.end()
        },
      },
      { isAnswer: true },
    )
    this.#socket = connect({ host, port, noDelay: true })
    this.#socket.on("data", (chunk) => {
      try {
        reader.push(chunk)
      } catch (error) {
        this.#fail(error)
      }
    })
    this.#socket.on("error", (error) => this.#fail(error))
    this.#socket.on("close", () => this.#fail(new Error("the connection closed before the answer ended")))
  }

  /** Resolves once it is open. */
  opened() {
    return new Promise((resolve, reject) => {
      if (!this.#socket.connecting && !this.#socket.destroyed) resolve(this)
      this.#socket.once("connect", () => resolve(this))
      this.#socket.once("error", reject)
    })
  }

  get isClosed() {
    return this.#socket.destroyed
  }

  send(bytes, listener) {
    this.#listener = listener
    if (this.#socket.destroyed) process.nextTick(() => this.#fail(new Error("the connection is closed")))
    else this.#socket.write(bytes)
  }

  close() {
    this.#listener = null
    this.#socket.destroy()
  }

  #fail(error) {
    const listener = this.#listener
    this.#listener = null
    this.#socket.destroy()
    if (listener) listener.failed(error)
    else this.onIdleClose()
  }
}

/** The request of a job, ready to be written: POST with the headers of the side that is measured. */
export function toRequestBytes({ host, port, path, headers, body }) {
  const lines = [
    `POST ${path} HTTP/1.1`,
    `host: ${host}:${port}`,
    "content-type: application/json",
    `content-length: ${Buffer.byteLength(body)}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ]
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n${body}`, "latin1")
}

/** Counts what went wrong, each kind by its own words. */
export class Errors {
  #kinds = new Map()
  count = 0

  add(error) {
    this.count += 1
    const words = typeof error === "number" ? `status ${error}` : error.message
    if (this.#kinds.size < 20 || this.#kinds.has(words)) this.#kinds.set(words, (this.#kinds.get(words) ?? 0) + 1)
  }

  toJSON() {
    return Object.fromEntries(this.#kinds)
  }
}
