import { readdirSync, readFileSync, readlinkSync } from "node:fs"
import { Agent, type IncomingMessage, request } from "node:http"
import type { Socket } from "node:net"
import { text } from "node:stream/consumers"
import type { RunningProcess } from "./processes.ts"

/** What a gateway answered, as far as limits are concerned. */
export interface KeptAnswer {
  readonly status: number
  /** The limit of requests a minute that it says is in force; null: none. */
  readonly limit: string | null
}

/** A connection to one gateway process that is used for one call after the other, so that the same process answers. */
export class KeptConnection {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })
  readonly #url: string
  readonly #key: string
  #socket: Socket | null = null

  constructor(url: string, key: string) {
    this.#url = url
    this.#key = key
  }

  /** Asks for a chat, or for what a path gives. Throws when the connection was lost, for then another process may answer. */
  async call(path = "/v1/chat/completions"): Promise<KeptAnswer> {
    const isChat = path === "/v1/chat/completions"
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const call = request(`${this.#url}${path}`, {
        method: isChat ? "POST" : "GET",
        agent: this.#agent,
        headers: { authorization: `Bearer ${this.#key}`, "content-type": "application/json" },
      })
      call.once("response", resolve)
      call.once("error", reject)
      call.end(isChat ? '{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Hi"}]}' : undefined)
    })
    if (this.#socket && this.#socket !== answer.socket) throw new Error("the connection was not kept")
    this.#socket = answer.socket
    await text(answer)
    const limit = answer.headers["x-ratelimit-limit-requests"]
    return { status: answer.statusCode ?? 0, limit: limit === undefined ? null : String(limit) }
  }

  /** The process that holds the other end, by what Linux says of sockets; null when none of these does. */
  serverProcess(candidates: readonly RunningProcess[]): number | null {
    const inode = findInode(this.#socket?.remotePort ?? 0, this.#socket?.localPort ?? 0)
    return candidates.find(({ pid }) => holds(pid, `socket:[${inode}]`))?.pid ?? null
  }

  close(): void {
    this.#agent.destroy()
  }
}

/** Which socket it is whose own port and whose peer's are these. */
function findInode(port: number, peerPort: number): string | null {
  const ends = [port, peerPort].map((number) => number.toString(16).toUpperCase().padStart(4, "0"))
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    for (const line of readFileSync(table, "latin1").split("\n").slice(1)) {
      const fields = line.trim().split(/\s+/)
      if (fields[1]?.endsWith(`:${ends[0]}`) && fields[2]?.endsWith(`:${ends[1]}`)) return fields[9] ?? null
    }
  }
  return null
}

function holds(pid: number, target: string): boolean {
  return readdirSync(`/proc/${pid}/fd`).some((descriptor) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${descriptor}`) === target
    } catch {
      return false
    }
  })
}
