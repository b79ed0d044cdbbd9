import { Agent, type ClientRequest, type IncomingMessage, request as requestPlain } from "node:http"
import { request as requestTls, Agent as TlsAgent } from "node:https"
import { isIP } from "node:net"

/** Where control is: a Unix socket of this machine, or a host. */
export type ControlAddress =
  | { readonly kind: "socket"; readonly socketPath: string }
  | { readonly kind: "host"; readonly url: URL }

/**
 * Reads `unix:<path>` or an `http(s)://` URL.
 * @throws Error with one line for people; plain HTTP to another machine is refused, because credentials travel this way
 */
export function parseControlAddress(text: string): ControlAddress {
  if (text.startsWith("unix:")) return { kind: "socket", socketPath: text.slice("unix:".length) }
  const url = new URL(text)
  if (url.protocol === "http:" && !isLoopback(url.hostname)) {
    throw new Error(
      `control at ${url.origin} is on another machine and needs https: credentials travel on this connection`,
    )
  }
  return { kind: "host", url }
}

function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, "")
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."))
}

/** Requests to control, with its token, over connections that are kept. */
export class ControlChannel {
  readonly #address: ControlAddress
  readonly #token: string
  readonly #agent: Agent

  constructor(address: ControlAddress, token: string) {
    this.#address = address
    this.#token = token
    const tls = address.kind === "host" && address.url.protocol === "https:"
    this.#agent = tls ? new TlsAgent({ keepAlive: true, maxSockets: 4 }) : new Agent({ keepAlive: true, maxSockets: 4 })
  }

  /** Begins a request; the caller writes the body and listens for `response` and `error`. */
  open(method: "GET" | "POST", path: string, headers: Readonly<Record<string, string | number>> = {}): ClientRequest {
    const options = {
      method,
      path,
      agent: this.#agent,
      headers: { ...headers, authorization: `Bearer ${this.#token}` },
    }
    if (this.#address.kind === "socket") return requestPlain({ ...options, socketPath: this.#address.socketPath })
    const { hostname, port, protocol } = this.#address.url
    const host = hostname.replace(/^\[|\]$/g, "")
    return protocol === "https:"
      ? requestTls({ ...options, host, port: port || 443 })
      : requestPlain({ ...options, host, port: port || 80 })
  }

  /**
   * Sends a JSON body and reads the answer, whole. The deadline is the caller's: connecting counts too.
   * @throws the connection's error, or the reason the signal gives
   */
  post(
    path: string,
    body: string | Buffer,
    signal: AbortSignal,
  ): Promise<{ readonly status: number; readonly text: string }> {
    return new Promise((resolve, reject) => {
      const length = Buffer.byteLength(body)
      const call = this.open("POST", path, { "content-type": "application/json", "content-length": length })
      const abort = (): void => {
        reject(signal.reason)
        call.destroy()
      }
      const fail = (error: Error): void => {
        signal.removeEventListener("abort", abort)
        reject(error)
      }
      if (signal.aborted) abort()
      else signal.addEventListener("abort", abort, { once: true })
      call.on("error", fail)
      call.on("response", (answer: IncomingMessage) => {
        const chunks: Buffer[] = []
        answer.on("data", (chunk: Buffer) => chunks.push(chunk))
        answer.on("error", fail)
        answer.on("end", () => {
          signal.removeEventListener("abort", abort)
          resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() })
        })
      })
      call.end(body)
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}
