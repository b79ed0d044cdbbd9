import { createServer, type RequestListener, type Server } from "node:http"
import { createServer as createTlsServer, Server as TlsServer } from "node:https"
import type { AddressInfo } from "node:net"
import type { Config } from "../config.ts"
import { storeUnavailable } from "../platform/errors.ts"
import type { HttpServer } from "../platform/http-server.ts"
import { serverPatience } from "../platform/server-patience.ts"
import { toUrl } from "./to-url.ts"
import { type Certificate, readCertificate } from "./watch-certificate.ts"

/** How long a management call may take to arrive, in milliseconds: a megabyte at most. */
const requestMs = 30_000

/**
 * The socket of the API and the dashboard. It opens before the database does, so that whoever calls meanwhile hears 503 and not a
 * refused connection; `serve` puts the application behind it.
 */
export class ApiServer {
  readonly #config: Config
  readonly #server: Server
  #listener: RequestListener = answerUnavailable

  constructor(config: Config) {
    this.#config = config
    const listener: RequestListener = (request, response) => this.#listener(request, response)
    const options = serverPatience(requestMs)
    this.#server = config.tls
      ? createTlsServer({ ...options, ...readCertificate(config.tls) }, listener)
      : createServer(options, listener)
  }

  /** Begins to accept; the address it is reached at. @throws the listen error, e.g. EADDRINUSE */
  listen(): Promise<string> {
    const { host, apiPort } = this.#config
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject)
      this.#server.listen({ host, port: apiPort }, () => {
        this.#server.off("error", reject)
        resolve(toUrl(this.#config, (this.#server.address() as AddressInfo).port))
      })
    })
  }

  /** Hands requests to the application from now on; null: answers 503 again. */
  serve(application: HttpServer | null): void {
    this.#listener = application ? (...exchange) => application.emit("request", ...exchange) : answerUnavailable
  }

  /** Takes a new certificate without closing a connection. @throws when the pair does not fit together */
  renewTls(certificate: Certificate): void {
    if (this.#server instanceof TlsServer) this.#server.setSecureContext({ ...certificate })
  }

  /** Stops accepting and lets answers under way finish, for at most `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.#server.closeIdleConnections()
    const timer = setTimeout(() => this.#server.closeAllConnections(), graceMs)
    await closed
    clearTimeout(timer)
  }
}

/** While there is no database: alive, not ready, and the API's own words for it. */
const answerUnavailable: RequestListener = (request, response) => {
  request.resume()
  if (request.url === "/healthz") {
    response.writeHead(200, { "content-type": "application/json" }).end('{"status":"ok"}')
    return
  }
  const error = storeUnavailable()
  const headers = { ...error.headers, "content-type": "application/json", connection: "close" }
  response.writeHead(error.status, headers).end(JSON.stringify(error.toBody("none")))
}
