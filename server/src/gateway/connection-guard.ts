import type { Server, Socket } from "node:net"

/** How many connections may be open at once; 0 means as many as the system allows. */
export interface ConnectionLimits {
  readonly total: number
  /** From one address. Behind a proxy every connection has the proxy's. */
  readonly perAddress: number
}

/**
 * Bounds the connections of a server. One too many is closed before a byte of it is read: whoever floods the door must not
 * take the memory of those who are inside.
 */
export class ConnectionGuard {
  readonly #limits: ConnectionLimits
  readonly #byAddress = new Map<string, number>()
  /** Connections turned away so far. */
  refused = 0

  constructor(limits: ConnectionLimits) {
    this.#limits = limits
  }

  /** Watches over a server that does not listen yet. */
  watch(server: Server): void {
    if (this.#limits.total > 0) {
      server.maxConnections = this.#limits.total
      server.on("drop", () => {
        this.refused += 1
      })
    }
    if (this.#limits.perAddress > 0) server.prependListener("connection", (socket: Socket) => this.#admit(socket))
  }

  #admit(socket: Socket): void {
    const address = socket.remoteAddress ?? ""
    const open = this.#byAddress.get(address) ?? 0
    if (open >= this.#limits.perAddress) {
      this.refused += 1
      socket.destroy()
      return
    }
    this.#byAddress.set(address, open + 1)
    socket.once("close", () => this.#leave(address))
  }

  #leave(address: string): void {
    const left = (this.#byAddress.get(address) ?? 1) - 1
    if (left > 0) this.#byAddress.set(address, left)
    else this.#byAddress.delete(address)
  }
}
