import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http"
import { createServer as createHttpsServer } from "node:https"
import { type DrainAck, DrainBatch, drainPath } from "@sluice/protocol/drain"
import { type LeaseAnswer, LeaseReport, leasePath } from "@sluice/protocol/leases"
import { snapshotPath } from "@sluice/protocol/snapshot"
import type { z } from "zod"
import type { OwnerLink, SnapshotHub } from "../domains/identity/index.ts"
import { isSameSecret } from "../platform/crypto.ts"
import type { HttpServer } from "../platform/http-server.ts"
import type { Logger } from "../platform/logger.ts"
import { serverPatience } from "../platform/server-patience.ts"
import { readBody, TooLarge } from "./read-body.ts"
import type { TlsFiles } from "./server.ts"

/** `POST`: issues a new sign-in link for the owner, for the command that shows it. */
export const ownerLinkPath = "/internal/owner-link"

/** `POST`: copies the embedded database into a folder of the backups, for the command that makes an archive of it. */
export const cloneDatabasePath = "/internal/clone-database"

/** The name of a folder among the backups in which one is being made. */
export const workFolderPattern = /^work-[0-9-]{1,40}$/

/** Bytes a batch of records may have. */
const maximalBatchBytes = 64 * 1024 * 1024

/** How long a batch may take to arrive, in milliseconds. */
const batchMs = 60_000

/** What the internal server takes. */
export interface InternalDeps {
  readonly controlToken: string
  readonly hub: Pick<SnapshotHub, "subscribe">
  /** Shares limits out among gateway processes. */
  lease(report: LeaseReport): LeaseAnswer
  /** Resolves after COMMIT. */
  ingest(batch: DrainBatch): Promise<DrainAck>
  /** Null: this door gives no owner links, because not everyone who has the token may become the owner. */
  readonly issueOwnerLink: (() => Promise<OwnerLink>) | null
  /**
   * Copies the embedded database into a new folder `database` in the named folder of the backups. Null: this door does not,
   * or the database is a server.
   */
  readonly cloneDatabase: ((workFolder: string) => Promise<void>) | null
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
  const options = serverPatience(batchMs)
  const server = tls ? createHttpsServer({ ...options, ...tls }, listener) : createHttpServer(options, listener)
  server.keepAliveTimeout = 65_000
  return server
}

async function answer(deps: InternalDeps, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!isAuthorized(deps.controlToken, request)) {
    return refuse(response, 401, "unauthenticated", "The control token is missing or wrong.")
  }
  const target = request.url ?? "/"
  // A path of two slashes would be a host to the URL parser, and no URL at all when it is nothing else.
  const url = URL.canParse(`http://control${target}`) ? new URL(`http://control${target}`) : new URL("http://control")
  const route = `${request.method} ${url.pathname}`
  if (route === `GET ${snapshotPath}`) return streamSnapshot(deps, url.searchParams.get("since"), response)
  if (route === `POST ${drainPath}`) return takeExchanges(deps, request, response)
  if (route === `POST ${leasePath}`) return takeLeaseReport(deps, request, response)
  if (route === `POST ${ownerLinkPath}` && deps.issueOwnerLink) {
    const { path, expiresAt } = await deps.issueOwnerLink()
    return send(response, 200, { path, expires_at: expiresAt.toISOString() })
  }
  if (route === `POST ${cloneDatabasePath}` && deps.cloneDatabase) {
    return clone(deps.log, deps.cloneDatabase, request, response)
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

/** The envelope of a batch is checked here, the records inside it by the intake, each alone. */
async function takeExchanges(deps: InternalDeps, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const batch = await readJson(DrainBatch, request, response)
  if (batch) send(response, 200, await deps.ingest(batch))
}

async function takeLeaseReport(deps: InternalDeps, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const report = await readJson(LeaseReport, request, response)
  if (report) send(response, 200, deps.lease(report))
}

/** A body as the schema has it; null when it was refused. */
async function readJson<Body>(
  schema: z.ZodType<Body>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Body | null> {
  let text: string
  try {
    text = await readBody(request, maximalBatchBytes)
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error
    refuse(response, 413, "request_too_large", `A batch may be ${maximalBatchBytes} bytes at most.`)
    return null
  }
  const body = parseJson(schema, text)
  if (typeof body !== "string") return body as Body
  refuse(response, 422, "validation_failed", body)
  return null
}

async function clone(
  log: Logger,
  cloneDatabase: (workFolder: string) => Promise<void>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const workFolder = /^\{"work_folder":"([^"]*)"\}$/.exec(await readBody(request, 1000))?.[1] ?? ""
  if (!workFolderPattern.test(workFolder)) return refuse(response, 422, "validation_failed", "work_folder: not a name.")
  try {
    await cloneDatabase(workFolder)
  } catch (error) {
    log.error({ error }, "the database could not be copied for a backup")
    return refuse(response, 409, "conflict", error instanceof Error ? error.message : "the copy failed")
  }
  send(response, 200, {})
}

function parseJson<Body>(schema: z.ZodType<Body>, text: string): Body | string {
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch {
    return "The batch is not JSON."
  }
  const parsed = schema.safeParse(content)
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
