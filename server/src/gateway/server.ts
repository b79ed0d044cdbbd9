import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import { createServer as createTlsServer } from "node:https"
import { Server as NetServer, type Socket } from "node:net"
import { answerBrokenRequest } from "./broken-request.ts"
import { ConnectionGuard, type ConnectionLimits } from "./connection-guard.ts"
import type { GatewayContext } from "./context.ts"
import { describeUnknownPath } from "./describe-unknown-path.ts"
import { listModels } from "./endpoints/models.ts"
import { GatewayError } from "./errors.ts"
import { Exchange } from "./exchange.ts"
import { FinishedExchanges } from "./finished-exchanges.ts"
import { homePage } from "./home-page.ts"
import { answerModels, sendJson } from "./models.ts"
import { OpenExchanges } from "./open-exchanges.ts"
import { serve } from "./pipeline.ts"
import { answerError } from "./refuse.ts"
import { answersTo, findRoute, methodsOf, protocolOfPath, type Route } from "./router.ts"
import { authenticate } from "./stages/authenticate.ts"
import { closeExchange, finishRecord } from "./stages/record.ts"

/** How long connections that are idle when the stop begins may still bring a request, to be told 503 and not a reset. */
const stopLingerMs = 500

export interface GatewayServerOptions {
  readonly context: GatewayContext
  readonly host: string
  readonly port: number
  /** PEM texts; null for plain HTTP. */
  readonly tls: { readonly cert: string; readonly key: string } | null
  readonly connections: ConnectionLimits
  /** Where the dashboard is, for the page a browser gets. */
  readonly dashboardUrl: string
}

/** The data plane's HTTP server: from `listen` to `stop`. */
export class GatewayServer {
  readonly #context: GatewayContext
  readonly #options: GatewayServerOptions
  readonly #server: Server
  readonly #exchanges = new OpenExchanges()
  readonly #finished = new FinishedExchanges((exchange) => finishRecord(exchange, this.#context))
  readonly #sockets = new Set<Socket>()
  readonly #guard: ConnectionGuard
  /** Connections with an answer whose request was still coming in: what breaks there has been answered. */
  readonly #answeredEarly = new WeakSet<Socket>()

  constructor(options: GatewayServerOptions) {
    this.#options = options
    this.#context = options.context
    const settings = {
      keepAliveTimeout: 75_000,
      headersTimeout: 30_000,
      requestTimeout: 0,
      connectionsCheckingInterval: 5_000,
      maxHeaderSize: 64 * 1024,
      noDelay: true,
    }
    const listener = (request: IncomingMessage, response: ServerResponse): void => this.#answer(request, response)
    this.#server = options.tls
      ? createTlsServer({ ...settings, ...options.tls }, listener)
      : createServer(settings, listener)
    this.#guard = new ConnectionGuard(options.connections)
    this.#guard.watch(this.#server)
    // Past Node's own limit headers are left out in silence; the stage that reads them refuses instead.
    this.#server.maxHeadersCount = 0
    this.#server.on("checkContinue", listener)
    this.#server.on("checkExpectation", listener)
    this.#server.on("clientError", (error: Error & { code?: string }, socket: Socket) => {
      answerBrokenRequest(error, socket, { isBusy: this.#isBusy(socket), wheel: this.#context.wheel })
    })
    this.#server.on(options.tls ? "secureConnection" : "connection", (socket: Socket) => {
      this.#sockets.add(socket)
      socket.once("close", () => this.#sockets.delete(socket))
    })
  }

  get openConnections(): number {
    return this.#sockets.size
  }

  /** Connections turned away because there were too many. */
  get refusedConnections(): number {
    return this.#guard.refused
  }

  /** Requests being served now. */
  get inFlight(): number {
    return this.#exchanges.size
  }

  /**
   * Begins to accept; resolves with the port (of use when 0 was asked for).
   * @throws the listen error, e.g. EADDRINUSE
   */
  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject)
      this.#server.listen({ port: this.#options.port, host: this.#options.host, backlog: 4096 }, () => {
        this.#server.off("error", reject)
        const address = this.#server.address()
        resolve(typeof address === "object" && address ? address.port : this.#options.port)
      })
    })
  }

  /** Takes new certificates without closing a connection. */
  renewTls(tls: { readonly cert: string; readonly key: string }): void {
    if ("setSecureContext" in this.#server) {
      const server = this.#server as Server & { setSecureContext(options: object): void }
      server.setSecureContext(tls)
    }
  }

  /**
   * Stops accepting, lets what has begun finish for up to `graceMs`, then breaks off the rest with their protocol's error.
   * Resolves when every connection is closed and every record offered.
   */
  async stop(graceMs: number): Promise<void> {
    this.#context.stopping = true
    // Not http's own close: it would cut idle connections whose next request may already be on its way.
    const closed = new Promise<void>((resolve) => {
      NetServer.prototype.close.call(this.#server, () => resolve())
    })
    const sweep = setTimeout(() => {
      this.#closeUnused()
      const again = setInterval(() => this.#closeUnused(), 50)
      void closed.then(() => clearInterval(again))
    }, stopLingerMs)
    const deadline = setTimeout(() => this.#abortAll(), graceMs)
    const last = setTimeout(() => this.#server.closeAllConnections(), graceMs + 1000)
    await closed
    this.#finished.flush()
    for (const timer of [sweep, deadline, last]) clearTimeout(timer)
  }

  /**
   * Closes connections that serve no request. Not left to http's own bookkeeping, which takes a connection that never sent
   * anything for busy, and clients do open such ones ahead of time.
   */
  #closeUnused(): void {
    const busy = new Set<Socket>()
    for (const exchange of this.#exchanges.all()) busy.add(exchange.request.socket)
    for (const socket of this.#sockets) if (!busy.has(socket) && socket.writableLength === 0) socket.destroy()
  }

  /** Whether an answer to an earlier request than the one that broke is expected on a connection, or was half given. */
  #isBusy(socket: Socket): boolean {
    if (this.#answeredEarly.has(socket)) return true
    for (const { request, response } of this.#exchanges.all()) {
      if (request.socket === socket && (request.complete || response.headersSent)) return true
    }
    return false
  }

  #abortAll(): void {
    const error = new GatewayError("shutting_down", "the gateway is stopping and this answer took too long")
    for (const exchange of this.#exchanges.all()) {
      if (exchange.relay) exchange.relay.abort(error)
      else answerError(exchange, this.#context, error)
    }
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    if (request.httpVersionMajor !== 1 || request.httpVersionMinor === 0) {
      const error = refuseVersion(request)
      if (error) {
        this.#refuse(request, response, request.url ?? "/", error)
        return
      }
    }
    const url = request.url ?? "/"
    const question = url.indexOf("?")
    const path = question < 0 ? url : url.slice(0, question)
    const route = findRoute(path)
    if (route.kind === "call" && answersTo(route, request.method)) this.#call(request, response, route)
    else this.#answerOther(request, response, route, path)
  }

  #call(request: IncomingMessage, response: ServerResponse, route: Extract<Route, { kind: "call" }>): void {
    const { clock } = this.#context
    const exchange = new Exchange(request, response, route, { now: clock.now(), monotonic: clock.monotonic() })
    if (this.#context.stopping) {
      answerError(exchange, this.#context, new GatewayError("shutting_down", "the gateway is stopping; try another"))
      return
    }
    this.#exchanges.add(exchange)
    response.once("close", () => this.#closed(exchange))
    // An answer that waits for an earlier one on its connection has no socket yet, and would not hear of its end.
    if (response.socket === null) request.socket.once("close", () => this.#closed(exchange))
    // A client that breaks off in the middle of its body says so here; the response's close tells the rest.
    request.on("error", ignore)
    // One exchange's broken socket must never be everyone's broken process.
    response.on("error", ignore)
    serve(exchange, this.#context)
  }

  #closed(exchange: Exchange): void {
    if (!this.#exchanges.delete(exchange)) return
    if (!exchange.request.complete) this.#answeredEarly.add(exchange.request.socket)
    exchange.complete = exchange.response.writableFinished
    if (!exchange.complete) exchange.relay?.clientLeft()
    closeExchange(exchange, this.#context)
    if (exchange.opened) this.#finished.add(exchange)
  }

  #answerOther(request: IncomingMessage, response: ServerResponse, route: Route, path: string): void {
    const readable = request.method === "GET" || request.method === "HEAD"
    request.resume()
    if (route.kind === "unknown") {
      const message = describeUnknownPath(path, this.#options.dashboardUrl)
      this.#refuse(request, response, path, new GatewayError("not_found", message))
    } else if (route.kind === "call" || !readable) {
      const allow = methodsOf(route)
      this.#refuse(
        request,
        response,
        path,
        new GatewayError("method_not_allowed", `this route answers to ${allow}`, { headers: ["allow", allow] }),
      )
    } else if (route.kind === "models") this.#listModels(request, response, route, path)
    else if (route.kind === "home") homePage(response, this.#options.dashboardUrl)
    else if (route.kind === "health") sendJson(response, 200, { status: "ok" })
    else this.#answerReady(response)
  }

  #answerReady(response: ServerResponse): void {
    const snapshot = this.#context.snapshot()
    const status = this.#context.stopping ? "stopping" : snapshot ? "ready" : "not_ready"
    const facts = snapshot && {
      version: snapshot.version,
      age_seconds: snapshot.ageSeconds(),
      source: snapshot.source,
    }
    sendJson(response, status === "ready" ? 200 : 503, { status, snapshot: facts })
  }

  #listModels(
    request: IncomingMessage,
    response: ServerResponse,
    route: Extract<Route, { kind: "models" }>,
    path: string,
  ): void {
    const anthropic = request.headers["anthropic-version"] !== undefined
    const protocol = route.dialect === "gemini" ? "gemini" : anthropic ? "anthropic" : "openai"
    const exchange = this.#unrecorded(request, response, protocol)
    try {
      authenticate(exchange, this.#context)
      const snapshot = this.#context.snapshot()
      const body = snapshot && exchange.key && answerModels(route, snapshot, exchange.key, anthropic)
      if (!body)
        throw new GatewayError("unknown_model", `${JSON.stringify(route.model)} is not a model this key can use`)
      sendJson(response, 200, body, ["x-sluice-request-id", exchange.publicId])
    } catch (error) {
      const known =
        error instanceof GatewayError ? error : new GatewayError("internal_error", "the list could not be made")
      if (known !== error) this.#context.logger.error({ err: error, path }, "listing models failed")
      answerError(exchange, this.#context, known)
    }
  }

  #refuse(request: IncomingMessage, response: ServerResponse, path: string, error: GatewayError): void {
    answerError(this.#unrecorded(request, response, protocolOfPath(path)), this.#context, error)
  }

  #unrecorded(
    request: IncomingMessage,
    response: ServerResponse,
    protocol: "openai" | "anthropic" | "gemini",
  ): Exchange {
    const { clock } = this.#context
    const times = { now: clock.now(), monotonic: clock.monotonic() }
    return new Exchange(request, response, { endpoint: listModels(protocol), model: null }, times)
  }
}

const ignore = (): void => undefined

/** Node's parser takes a request without a version, or with a later one, for a request; and chunks from HTTP/1.0, which has none. */
function refuseVersion({ httpVersion, httpVersionMajor, headers }: IncomingMessage): GatewayError | null {
  if (httpVersionMajor !== 1) {
    const message = `this server speaks HTTP/1.1 and HTTP/1.0, not HTTP/${httpVersion}`
    return new GatewayError("invalid_request", message, { closesConnection: true })
  }
  if (headers["transfer-encoding"] === undefined) return null
  return new GatewayError("invalid_request", "HTTP/1.0 has no transfer-encoding", { closesConnection: true })
}
