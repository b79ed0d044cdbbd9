import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http"
import { createServer as createHttpsServer } from "node:https"
import { type DrainAck, DrainBatch, drainPath } from "@sluice/protocol/drain"
import { snapshotPath } from "@sluice/protocol/snapshot"
import type { OwnerLink, SnapshotHub } from "../domains/identity/index.ts"
import { isSameSecret } from "../platform/crypto.ts"
import type { HttpServer } from "../platform/http-server.ts"
import type { Logger } from "../platform/logger.ts"
import { readBody, TooLarge } from "./read-body.ts"
import type { TlsFiles } from "./server.ts"

/** `POST`: issues a new sign-in link for the owner, for the command that shows it. */
export const ownerLinkPath = "/internal/owner-link"

/** Bytes a batch of records may have. */
const maximalBatchBytes = 64 * 1024 * 1024

/** What the internal server takes. */
export interface InternalDeps {
  readonly controlToken: string
  readonly hub: Pick<SnapshotHub, "subscribe">
  /** Resolves after COMMIT. */
  ingest(batch: DrainBatch): Promise<DrainAck>
  /** Null: this door gives no owner links, because not everyone who has the token may become the owner. */
  readonly issueOwnerLink: (() => Promise<OwnerLink>) | null
  isStoreUnavailable(error: unknown): boolean
  readonly log: Logger
}

/**
 * What gateways and the commands of this installation talk to: the stream of the snapshot, the intake of records, and owner
 * links. Never reachable without the control token.
 */
export function createInternalServer(deps: InternalDeps, tls: TlsFiles | null = null): HttpServer {
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    answer(deps, request, response).catch((error: unknown) => fail(deps, response, error))
  }
  const server = tls ? createHttpsServer({ ...tls }, listener) : createHttpServer(listener)
  server.keepAliveTimeout = 65_000
  return server
}

async function answer(deps: InternalDeps, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://control")
  if (!isAuthorized(deps.controlToken, request)) {
    return refuse(response, 401, "unauthenticated", "The control token is missing or wrong.")
  }
  const route = `${request.method} ${url.pathname}`
  if (route === `GET ${snapshotPath}`) return streamSnapshot(deps, url.searchParams.get("since"), response)
  if (route === `POST ${drainPath}`) return takeExchanges(deps, request, response)
  if (route === `POST ${ownerLinkPath}` && deps.issueOwnerLink) {
    const { path, expiresAt } = await deps.issueOwnerLink()
    return send(response, 200, { path, expires_at: expiresAt.toISOString() })
  }
  refuse(response, 404, "not_found", "There is no such internal route.")
}

function isAuthorized(token: string, request: IncomingMessage): boolean {
  const given = /^Bearer (\S+)$/.exec(request.headers.authorization ?? "")?.[1]
  return given !== undefined && isSameSecret(given, token)
}

function streamSnapshot({ hub }: InternalDeps, since: string | null, response: ServerResponse): void {
  response.socket?.setNoDelay(true)
  response.writeHead(200, { "content-type": "application/x-ndjson", "cache-control": "no-store" })
  response.flushHeaders()
  const subscription = hub.subscribe(since, {
    write: (lines) => response.write(lines),
    end: () => response.destroy(),
  })
  response.on("drain", () => subscription.resume())
  response.on("close", () => subscription.close())
}

async function takeExchanges(deps: InternalDeps, request: IncomingMessage, response: ServerResponse): Promise<void> {
  let text: string
  try {
    text = await readBody(request, maximalBatchBytes)
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error
    return refuse(response, 413, "request_too_large", `A batch may be ${maximalBatchBytes} bytes at most.`)
  }
  const batch = toBatch(text)
  if (typeof batch === "string") return refuse(response, 422, "validation_failed", batch)
  send(response, 200, await deps.ingest(batch))
}

/** The envelope is checked here, the records inside it by the intake, each alone. */
function toBatch(text: string): DrainBatch | string {
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch {
    return "The batch is not JSON."
  }
  const parsed = DrainBatch.safeParse(content)
  if (parsed.success) return parsed.data
  return parsed.error.issues
    .map((issue) => `${issue.path.join(".")}: ${issue.message}`)
    .join("; ")
    .slice(0, 1000)
}

function fail(deps: InternalDeps, response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return
  }
  if (deps.isStoreUnavailable(error)) {
    deps.log.warn({ error }, "an internal call found no database")
    refuse(response, 503, "store_unavailable", "The database cannot be reached.")
    return
  }
  deps.log.error({ error }, "an internal call failed")
  refuse(response, 500, "internal_error", "Something went wrong; it is in the log of control.")
}

/** What was not read of a request is not waited for: the connection ends with the answer. */
function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  response.setHeader("connection", "close")
  send(response, status, { error: { code, message } })
}

function send(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body)
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) })
  response.end(text)
}
