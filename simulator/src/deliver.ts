import type { ServerResponse } from "node:http"
import type { Socket } from "node:net"
import type { AnswerDelivery, Delivery } from "./delivery.ts"
import type { Timers } from "./timers.ts"

/** Performs a delivery on the wire. It ends by itself when the client leaves. */
export function deliver(response: ServerResponse, delivery: Delivery, timers: Timers): void {
  if (response.destroyed || delivery.kind === "hang") return
  if (delivery.kind === "cut") {
    hangUp(response.socket, delivery.reset)
    return
  }
  if (delivery.kind === "not-http") {
    // What a TLS server says to a plain-text client: bytes no HTTP parser takes for a status line.
    response.socket?.end(Buffer.from([0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46, 0x0a, 0x0d, 0x0a]))
    return
  }
  const [only] = delivery.pieces
  const simple = delivery.ending === "end" && delivery.waitMs === 0 && !delivery.separate
  if (simple && delivery.pieces.length === 1 && delivery.gapsMs === null) {
    response.writeHead(delivery.status, delivery.headers as string[])
    response.end(only)
    return
  }
  new Delivering(response, delivery, timers).start()
}

function hangUp(socket: Socket | null, reset: boolean): void {
  if (reset) socket?.resetAndDestroy()
  else socket?.destroy()
}

/** One answer on its way: a piece at a time, no faster than the client reads. */
class Delivering {
  readonly #response: ServerResponse
  readonly #delivery: AnswerDelivery
  readonly #timers: Timers
  readonly #step = (): void => this.#send()
  #index = 0
  #waited = false
  #cancel: (() => void) | null = null

  constructor(response: ServerResponse, delivery: AnswerDelivery, timers: Timers) {
    this.#response = response
    this.#delivery = delivery
    this.#timers = timers
  }

  start(): void {
    this.#response.once("close", () => this.#cancel?.())
    const { waitMs } = this.#delivery
    if (waitMs > 0) this.#cancel = this.#timers.after(waitMs, () => this.#sendHead())
    else this.#sendHead()
  }

  #sendHead(): void {
    const { status, headers, gapsMs } = this.#delivery
    this.#response.writeHead(status, headers as string[])
    if ((gapsMs?.[0] ?? 0) > 0 || this.#delivery.ending !== "end") this.#response.flushHeaders()
    this.#send()
  }

  #send(): void {
    const { pieces, gapsMs, separate } = this.#delivery
    while (this.#index < pieces.length) {
      if (this.#response.destroyed) return
      const gap = gapsMs?.[this.#index] ?? 0
      if (gap > 0 && !this.#waited) {
        this.#waited = true
        this.#cancel = this.#timers.after(gap, this.#step)
        return
      }
      this.#waited = false
      const flowing = this.#response.write(pieces[this.#index]!)
      this.#index += 1
      if (!flowing) {
        this.#response.once("drain", this.#step)
        return
      }
      if (separate) {
        // Node joins the writes of one turn of the event loop into one; the next turn makes it another.
        setImmediate(this.#step)
        return
      }
    }
    this.#finish()
  }

  #finish(): void {
    const { ending } = this.#delivery
    const socket = this.#response.socket
    if (this.#response.destroyed || ending === "hang") return
    if (ending === "end") {
      this.#response.end()
      return
    }
    // The response still holds its bytes until the turn ends; a write of nothing behind them tells when they are gone.
    setImmediate(() => {
      if (ending === "bad-framing") socket?.write("this is not a chunk size\r\n", () => hangUp(socket, false))
      else socket?.write("", () => hangUp(socket, ending === "reset"))
    })
  }
}
