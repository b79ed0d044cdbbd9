import { createServer } from "node:net"
import { fileURLToPath } from "node:url"
import { gzipAnswer, lastFrames, monotonicMs, plainAnswer, toFrame } from "./exchange.mjs"
import { HttpReader } from "./http-reader.mjs"

const toAnswer = (status, headers, body) =>
  Buffer.concat([
    Buffer.from(`HTTP/1.1 ${status}\r\n${headers}content-length: ${body.length}\r\n\r\n`, "latin1"),
    Buffer.from(body),
  ])

const json = "content-type: application/json\r\n"
const answers = {
  plain: toAnswer("200 OK", json, plainAnswer),
  gzip: toAnswer("200 OK", `${json}content-encoding: gzip\r\nvary: accept-encoding\r\n`, gzipAnswer),
  error: toAnswer(
    "500 Internal Server Error",
    json,
    '{"error":{"message":"asked to fail","type":"server_error","param":null,"code":null}}',
  ),
}
const streamHead =
  "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n"

/** As far into a body as its `user` field is looked for, from either end: gateways write the fields in their own order. */
const windowBytes = 400

/**
 * The provider that everybody is measured against: raw sockets, answers made beforehand, no parsing beyond the framing. A
 * plain answer costs it a few microseconds, the same for everyone.
 */
export class Upstream {
  #server = createServer({ noDelay: true }, (socket) => this.#serve(socket))
  /** Streams by the millisecond, modulo the wheel, of their next frame. */
  #wheel = Array.from({ length: 1024 }, () => [])
  #turnedAt = Math.floor(monotonicMs())
  #timer = setInterval(() => this.#turn(), 1)

  /** Listens on a free port of loopback and gives its number. */
  listen(port = 0) {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject)
      this.#server.listen({ port, host: "127.0.0.1", backlog: 4096 }, () => resolve(this.#server.address().port))
    })
  }

  close() {
    clearInterval(this.#timer)
    this.#server.close()
  }

  #serve(socket) {
    let first = null
    let last = null
    const reader = new HttpReader(
      {
        head: () => {
          first = null
        },
        body: (part) => {
          if (first === null) first = part
          last = part
        },
        end: () => {
          if (first === null) socket.write(answers.plain)
          else this.#answer(socket, first, last)
        },
      },
      { isAnswer: false },
    )
    socket.on("error", () => socket.destroy())
    socket.on("data", (chunk) => {
      try {
        reader.push(chunk)
      } catch {
        socket.destroy()
      }
    })
  }

  #answer(socket, first, last) {
    const head = first.toString("latin1", 0, windowBytes)
    const text = head + last.toString("latin1", Math.max(0, last.length - windowBytes))
    const [, shape = "plain", frames, intervalMs] = /bench (plain|gzip|error|stream)(?: (\d+) (\d+))?/.exec(text) ?? []
    if (shape !== "stream") {
      socket.write(answers[shape])
      return
    }
    const stream = { socket, index: 0, frames: Number(frames), intervalMs: Math.max(1, Number(intervalMs)), dueMs: 0 }
    stream.dueMs = Math.floor(monotonicMs())
    socket.write(streamHead)
    this.#send(stream)
  }

  #turn() {
    const now = Math.floor(monotonicMs())
    for (; this.#turnedAt <= now; this.#turnedAt += 1) {
      const slot = this.#turnedAt % this.#wheel.length
      const due = this.#wheel[slot]
      if (due.length === 0) continue
      this.#wheel[slot] = []
      for (const stream of due) {
        if (stream.dueMs > this.#turnedAt) this.#wheel[slot].push(stream)
        else this.#send(stream)
      }
    }
  }

  /** The next frame as one chunk; the last is followed by how a stream ends. */
  #send(stream) {
    const { socket } = stream
    if (socket.destroyed) return
    const isLast = stream.index === stream.frames - 1
    const event = toFrame(stream.index, monotonicMs()) + (isLast ? lastFrames : "")
    socket.write(`${event.length.toString(16)}\r\n${event}\r\n${isLast ? "0\r\n\r\n" : ""}`, "latin1")
    stream.index += 1
    if (isLast) return
    // From when it was due, not from now: a late frame does not make the next ones late.
    stream.dueMs += stream.intervalMs
    // The slot that is being turned was emptied already.
    this.#wheel[Math.max(stream.dueMs, this.#turnedAt + 1) % this.#wheel.length].push(stream)
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const upstream = new Upstream()
  console.log(`listening ${await upstream.listen(Number(process.argv[2] ?? 0))}`)
  process.once("SIGTERM", () => process.exit(0))
}
