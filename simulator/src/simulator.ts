import { createHash } from "node:crypto"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo, Socket } from "node:net"
import { answerAdmin, isAdminPath, type SimulatorStats } from "./admin.ts"
import { AnswerBook, type Asked } from "./answer-book.ts"
import { deliver } from "./deliver.ts"
import type { Delivery } from "./delivery.ts"
import type { Distribution } from "./distribution.ts"
import type { Encoding } from "./encoding.ts"
import { FaultPlan, type ScheduledFault, type StandingFault } from "./fault-plan.ts"
import { ReceivedRequest } from "./received-request.ts"
import { RequestLog } from "./request-log.ts"
import { systemTimers, type Timers } from "./timers.ts"

/** Everything has a default; `startSimulator({})` listens on a free port of this machine and answers at once. */
export interface SimulatorOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number
  /** Default `127.0.0.1`. */
  readonly host?: string
  /** Same seed, same answers. Default `sluice`. */
  readonly seed?: string
  /** Output tokens of an answer. Default 32. */
  readonly tokens?: Distribution
  /** Milliseconds to the first token. Default 0. */
  readonly ttftMs?: Distribution
  /** Milliseconds between tokens. Default 0. */
  readonly interTokenMs?: Distribution
  /** Compresses every answer to a client that accepts it. */
  readonly compress?: Encoding | null
  readonly schedule?: readonly ScheduledFault[]
  /** Requests kept for inspection. Default 1,000; their bodies at most 64 MB. */
  readonly keepRequests?: number
  readonly timers?: Timers
}

/** A running simulator. */
export interface Simulator {
  /** Without a trailing slash; the root before `/v1`. */
  readonly url: string
  readonly port: number
  /** The newest requests to provider routes, oldest first. */
  readonly requests: readonly ReceivedRequest[]
  readonly stats: SimulatorStats
  /** Settles once `count` requests have arrived whole since the start or the last reset. */
  whenArrived(count: number): Promise<void>
  /** Puts all requests without an `x-simulate` header under a fault; null takes it back. */
  setFault(fault: StandingFault | null): void
  /** Forgets requests, counts and the standing fault; the schedule begins again. */
  reset(): void
  /** Ends every connection, whatever is on it. */
  close(): Promise<void>
}

const maxBodyBytes = 64 * 1024 * 1024

/**
 * Starts the simulator.
 * @throws the error of `listen` (code `EADDRINUSE` when the port is taken), RangeError when the schedule cannot be read
 */
export function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const running = new RunningSimulator(options)
  return running.listen()
}

class RunningSimulator implements Simulator {
  readonly #options: SimulatorOptions
  readonly #timers: Timers
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #log: RequestLog
  readonly #plan: FaultPlan
  readonly #book: AnswerBook
  #startedAt: number
  #counts = newCounts()
  #url = ""
  #port = 0

  constructor(options: SimulatorOptions) {
    this.#options = options
    this.#timers = options.timers ?? systemTimers
    this.#startedAt = this.#timers.now()
    const seed = options.seed ?? "sluice"
    this.#plan = new FaultPlan(seed, options.schedule ?? [])
    this.#log = new RequestLog({ maxRequests: options.keepRequests ?? 1000, maxBytes: maxBodyBytes })
    this.#book = new AnswerBook({
      seed,
      tokens: options.tokens ?? 32,
      pace: { timeToFirstToken: options.ttftMs ?? 0, interToken: options.interTokenMs ?? 0 },
    })
    this.#server = createServer({ keepAliveTimeout: 75_000, requestTimeout: 0, headersTimeout: 0 })
    this.#server.on("request", (request, response) => this.#receive(request, response))
    this.#server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket)
      socket.once("close", () => this.#sockets.delete(socket))
    })
  }

  listen(): Promise<Simulator> {
    const host = this.#options.host ?? "127.0.0.1"
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject)
      this.#server.listen(this.#options.port ?? 0, host, 4096, () => {
        this.#server.off("error", reject)
        this.#port = (this.#server.address() as AddressInfo).port
        this.#url = `http://${host.includes(":") ? `[${host}]` : host}:${this.#port}`
        resolve(this)
      })
    })
  }

  get url(): string {
    return this.#url
  }

  get port(): number {
    return this.#port
  }

  get requests(): readonly ReceivedRequest[] {
    return this.#log.kept
  }

  get stats(): SimulatorStats {
    const { received, answered, aborted, byStatus, byFault } = this.#counts
    return {
      received,
      answered,
      aborted,
      open: received - answered - aborted,
      by_status: Object.fromEntries(byStatus),
      by_fault: Object.fromEntries(byFault),
      standing_fault: this.#plan.standing,
      uptime_ms: this.#timers.now() - this.#startedAt,
    }
  }

  whenArrived(count: number): Promise<void> {
    return this.#log.whenArrived(count)
  }

  setFault(fault: StandingFault | null): void {
    this.#plan.stand(fault)
  }

  reset(): void {
    this.#plan.stand(null)
    this.#log.clear()
    this.#counts = newCounts()
    this.#startedAt = this.#timers.now()
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
      for (const socket of this.#sockets) socket.destroy()
    })
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    // Answers are the same bytes every time; a date would be the one thing that is not.
    response.sendDate = false
    const path = request.url ?? "/"
    if (isAdminPath(path)) {
      collectBody(request, response, (body) => answerAdmin(this, request.method ?? "", path, body, response))
      return
    }
    const received = new ReceivedRequest({
      ordinal: this.#log.number(),
      method: request.method ?? "",
      path,
      rawHeaders: request.rawHeaders,
      receivedAt: this.#timers.now(),
    })
    const counts = this.#counts
    counts.received += 1
    this.#log.open(received)
    response.once("close", () => {
      const answered = response.writableFinished
      if (answered) counts.answered += 1
      else counts.aborted += 1
      received.close(this.#timers.now(), answered)
    })
    const take = isForm(request) ? hashBody : collectBody
    take(
      request,
      response,
      (body) => {
        this.#log.complete(received, body)
        this.#answer(request, response, received)
      },
      received,
    )
  }

  #answer(request: IncomingMessage, response: ServerResponse, received: ReceivedRequest): void {
    const { headers } = request
    const now = this.#timers.now()
    const header = headers["x-simulate"]
    const at = { elapsedMs: now - this.#startedAt, ordinal: received.ordinal }
    const asked: Asked = {
      method: received.method,
      url: received.path,
      headers,
      body: received.body,
      bodyBytes: received.bodyBytes || received.body.length,
      now,
      encoding: this.#options.compress ?? null,
      rule: () => this.#plan.rule(typeof header === "string" ? header : undefined, at),
    }
    const found = this.#book.look(asked)
    if (!(found.delivery instanceof Promise)) {
      this.#deliver(response, found.delivery, found.fault)
      return
    }
    found.delivery.then(
      (delivery) => this.#deliver(response, delivery, found.fault),
      () => response.destroy(),
    )
  }

  #deliver(response: ServerResponse, delivery: Delivery, fault: string | null): void {
    const { byStatus, byFault } = this.#counts
    const status = delivery.kind === "answer" ? String(delivery.status) : "none"
    byStatus.set(status, (byStatus.get(status) ?? 0) + 1)
    if (fault !== null) byFault.set(fault, (byFault.get(fault) ?? 0) + 1)
    deliver(response, delivery, this.#timers)
  }
}

function newCounts() {
  return {
    received: 0,
    answered: 0,
    aborted: 0,
    byStatus: new Map<string, number>(),
    byFault: new Map<string, number>(),
  }
}

function collectBody(request: IncomingMessage, response: ServerResponse, done: (body: Buffer) => void): void {
  const parts: Buffer[] = []
  let size = 0
  request.on("data", (part: Buffer) => {
    size += part.length
    if (size <= maxBodyBytes) parts.push(part)
  })
  request.on("end", () => {
    if (size > maxBodyBytes) {
      response.writeHead(413, { "content-type": "application/json", connection: "close" })
      response.end(`{"error":{"message":"the simulator reads bodies of at most ${maxBodyBytes} bytes"}}`)
      return
    }
    done(parts.length === 1 ? parts[0]! : Buffer.concat(parts, size))
  })
}

const isForm = (request: IncomingMessage): boolean =>
  request.headers["content-type"]?.toLowerCase().startsWith("multipart/form-data") ?? false

/** Of a form, kept for whoever looks. */
const formBytesKept = 1024 * 1024

/** Counts and hashes a form of any size as it comes, and keeps its beginning. */
function hashBody(
  request: IncomingMessage,
  _response: ServerResponse,
  done: (body: Buffer) => void,
  received: ReceivedRequest,
): void {
  const hash = createHash("sha256")
  const kept: Buffer[] = []
  request.on("data", (part: Buffer) => {
    if (received.bodyBytes < formBytesKept) kept.push(part.subarray(0, formBytesKept - received.bodyBytes))
    received.bodyBytes += part.length
    hash.update(part)
  })
  request.on("end", () => {
    received.bodySha256 = hash.digest("hex")
    done(Buffer.concat(kept))
  })
}
