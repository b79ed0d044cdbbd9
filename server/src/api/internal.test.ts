import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs"
import { request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type DrainBatch, drainPath } from "@sluice/protocol/drain"
import { noLimits } from "@sluice/protocol/limits"
import { type SnapshotEntity, snapshotPath } from "@sluice/protocol/snapshot"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { SnapshotHub } from "../domains/identity/index.ts"
import { closeServer, type HttpServer, listen } from "../platform/http-server.ts"
import { createLogger } from "../platform/logger.ts"
import { cloneDatabasePath, createInternalServer, type InternalDeps, ownerLinkPath } from "./internal.ts"

const token = "a-control-token-of-at-least-32-characters"
const authorization = `Bearer ${token}`

const batch: DrainBatch = {
  report: {
    instance: "gateway-0",
    epoch: "01890a5d-ac96-774b-8cce-b302099a8057",
    started_at: 1,
    opened: 1,
    received: 1,
    ceiling: 1000,
    queued: 0,
    spooled: {},
    dropped: { ring_full: 2 },
    final: false,
    snapshot_version: null,
  },
  records: [{ anything: true }],
}

const organization: SnapshotEntity = {
  kind: "organization",
  id: "01890a5d-ac96-774b-bcce-b302099a8057",
  disabled: false,
  limits: noLimits,
}

let folder: string
const servers: HttpServer[] = []

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-internal-"))
})

afterEach(async () => {
  for (const server of servers.splice(0)) await closeServer(server, AbortSignal.abort())
})

afterAll(() => rmSync(folder, { recursive: true }))

async function openHub(entities: readonly SnapshotEntity[]): Promise<SnapshotHub> {
  const hub = new SnapshotHub({
    changes: { newestVersion: async () => 0, readFrom: async () => [], prune: async () => {} },
    load: async () => entities,
    loadOthers: async () => [],
    run: "run",
    now: () => 0,
    report: () => {},
  })
  await hub.open()
  return hub
}

async function start(
  options: Partial<InternalDeps> = {},
): Promise<{ port: number; batches: DrainBatch[]; logged: string[] }> {
  const batches: DrainBatch[] = []
  const logged: string[] = []
  const server = createInternalServer({
    controlToken: token,
    hub: await openHub([organization]),
    ingest: async (taken) => {
      batches.push(taken)
      return { stored: taken.records.length, duplicates: 0, rejected: [] }
    },
    lease: () => ({ known: true, leases: [] }),
    issueOwnerLink: async () => ({ path: "/sign-in?token=slo_x", expiresAt: new Date(0) }),
    cloneDatabase: null,
    isStoreUnavailable: (error) => error instanceof Error && error.message === "away",
    log: createLogger({ level: "trace", process: "test", destination: { write: (line) => logged.push(line) } }),
    ...options,
  })
  servers.push(server)
  return { port: await listen(server, { host: "127.0.0.1", port: 0 }), batches, logged }
}

interface Answer {
  readonly status: number
  readonly text: string
}

async function open(target: RequestOptions, body?: string | Buffer): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const call = httpRequest({ agent: false, ...target, headers: { authorization, ...target.headers } }, resolve)
    call.on("error", reject)
    call.end(body)
  })
}

async function send(target: RequestOptions, body?: string | Buffer): Promise<Answer> {
  const response = await open(target, body)
  let text = ""
  for await (const chunk of response) text += chunk
  return { status: response.statusCode ?? 0, text }
}

const post = (port: number, body: unknown) =>
  send({ port, path: drainPath, method: "POST" }, typeof body === "string" ? body : JSON.stringify(body))

/** Reads lines until one is of that kind. */
async function readUntil(response: IncomingMessage, kind: string): Promise<{ line: string }[]> {
  let text = ""
  for await (const chunk of response.iterator({ destroyOnReturn: false })) {
    text += chunk
    const lines = text
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as { line: string })
    if (lines.some(({ line }) => line === kind)) return lines
  }
  throw new Error(`the stream ended without ${kind}`)
}

describe("the internal server", () => {
  it("lets nobody in without the control token", async () => {
    const { port, batches } = await start()
    for (const wrong of ["", "Bearer", `Basic ${token}`, `Bearer ${token}x`, `Bearer ${token.slice(1)}`]) {
      for (const [method, path] of [
        ["POST", drainPath],
        ["GET", snapshotPath],
        ["POST", ownerLinkPath],
        ["GET", "/"],
      ]) {
        const { status, text } = await send({ port, path, method, headers: { authorization: wrong } }, "{}")
        expect(status).toBe(401)
        expect(text).not.toContain(token)
      }
    }
    expect(batches).toEqual([])
  })

  it("takes a batch and acknowledges it when it is stored, records unseen", async () => {
    const { port, batches } = await start()
    const { status, text } = await post(port, batch)
    expect(status).toBe(200)
    expect(JSON.parse(text)).toEqual({ stored: 1, duplicates: 0, rejected: [] })
    expect(batches).toEqual([batch])
  })

  it("refuses an envelope that can never be taken, saying where it is wrong", async () => {
    const { port, batches } = await start()
    expect(await post(port, "{")).toMatchObject({ status: 422 })
    const wrong = await post(port, { ...batch, report: { ...batch.report, opened: -1 } })
    expect(wrong).toMatchObject({ status: 422, text: expect.stringContaining("report.opened") })
    expect((await post(port, { ...batch, extra: 1 })).status).toBe(422)
    expect((await post(port, { ...batch, records: new Array(2001).fill({}) })).status).toBe(422)
    expect(batches).toEqual([])
  })

  it("refuses a batch that is too large, announced or not, and goes on serving", async () => {
    const { port } = await start()
    const announced = {
      port,
      path: drainPath,
      method: "POST",
      headers: { "content-length": String(64 * 1024 * 1024 + 1) },
    }
    const refused = await new Promise<number>((resolve, reject) => {
      const call = httpRequest(
        { agent: false, ...announced, headers: { authorization, ...announced.headers } },
        (response) => {
          resolve(response.statusCode ?? 0)
          call.destroy()
        },
      )
      call.on("error", reject)
      call.flushHeaders()
    })
    expect(refused).toBe(413)
    expect((await post(port, batch)).status).toBe(200)
  })

  it("says that the database is away, so that the batch comes again, and hides other failures", async () => {
    const away = await start({ ingest: () => Promise.reject(new Error("away")) })
    expect(await post(away.port, batch)).toMatchObject({ status: 503 })
    const broken = await start({ ingest: () => Promise.reject(new Error("a bug in line 7")) })
    const { status, text } = await post(broken.port, batch)
    expect(status).toBe(500)
    expect(text).not.toContain("bug")
    expect(broken.logged.join()).toContain("a bug in line 7")
  })

  it("issues owner links for the command that shows them", async () => {
    const { port } = await start()
    const { status, text } = await send({ port, path: ownerLinkPath, method: "POST" })
    expect(status).toBe(200)
    expect(JSON.parse(text)).toEqual({ path: "/sign-in?token=slo_x", expires_at: "1970-01-01T00:00:00.000Z" })
  })

  it("issues none where it was not given the means to", async () => {
    const { port } = await start({ issueOwnerLink: null })
    expect((await send({ port, path: ownerLinkPath, method: "POST" })).status).toBe(404)
  })

  it("answers 404 for anything else", async () => {
    const { port } = await start()
    expect((await send({ port, path: snapshotPath, method: "POST" })).status).toBe(404)
    expect((await send({ port, path: "/", method: "GET" })).status).toBe(404)
  })
})

describe("the snapshot's stream", () => {
  it("begins with a base, and goes on with signs of life and what changed", async () => {
    let entities = [organization]
    const hub = new SnapshotHub({
      changes: {
        newestVersion: async () => 0,
        readFrom: async () =>
          entities.length > 1 ? [] : [{ version: 1, kind: "organization", entityId: organization.id }],
        prune: async () => {},
      },
      load: async () => entities,
      loadOthers: async () => [],
      run: "run",
      now: () => 0,
      report: () => {},
    })
    await hub.open()
    const { port } = await start({ hub })
    const response = await open({ port, path: snapshotPath })
    expect(response.headers["content-type"]).toBe("application/x-ndjson")
    const base = await readUntil(response, "base-end")
    expect(base.map(({ line }) => line)).toEqual(["base-begin", "put", "base-end"])
    hub.ping()
    await readUntil(response, "ping")
    entities = [{ ...organization, disabled: true }]
    await hub.poll()
    expect(await readUntil(response, "version")).toMatchObject([
      { line: "put", entity: { disabled: true } },
      { line: "version" },
    ])
    response.destroy()
  })

  it("is large without being held in memory twice, and forgets a reader that left", async () => {
    const many = Array.from({ length: 20_000 }, (_, at) => ({
      ...organization,
      id: `01890a5d-ac96-774b-bcce-${at.toString(16).padStart(12, "0")}`,
    }))
    const hub = await openHub(many)
    const { port } = await start({ hub })
    const response = await open({ port, path: snapshotPath })
    const lines = await readUntil(response, "base-end")
    expect(lines).toHaveLength(many.length + 2)
    expect(hub.subscribers).toBe(1)
    const left = new Promise((resolve) => servers.at(-1)?.on("connection", resolve))
    response.destroy()
    await open({ port, path: "/" })
    await left
    while (hub.subscribers > 0) await new Promise(setImmediate)
  })

  it("copies the database into a folder of backups, whose name must be one, and only where that is possible", async () => {
    const asked: string[] = []
    const { port } = await start({
      cloneDatabase: async (folder) => {
        asked.push(folder)
        if (asked.length > 1) throw new Error("a backup of this database is already under way")
      },
    })
    const ask = (to: number, folder: string) =>
      fetch(`http://127.0.0.1:${to}${cloneDatabasePath}`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}` },
        body: JSON.stringify({ work_folder: folder }),
      })
    expect((await ask(port, "../../etc")).status).toBe(422)
    expect((await ask(port, "work-1-2")).status).toBe(200)
    const second = await ask(port, "work-1-3")
    expect([second.status, await second.text()]).toEqual([409, expect.stringContaining("already under way")])
    expect(asked).toEqual(["work-1-2", "work-1-3"])
    expect((await ask((await start()).port, "work-1-2")).status).toBe(404)
  })

  it("goes over a Unix socket that its owner alone may open, where a killed process left one", async () => {
    const path = join(folder, "control.sock")
    writeFileSync(path, "left behind")
    const server = createInternalServer({
      controlToken: token,
      hub: await openHub([organization]),
      ingest: () => Promise.reject(new Error("not reached")),
      lease: () => ({ known: true, leases: [] }),
      issueOwnerLink: () => Promise.reject(new Error("not reached")),
      cloneDatabase: null,
      isStoreUnavailable: () => false,
      log: createLogger({ level: "silent", process: "test" }),
    })
    servers.push(server)
    await listen(server, { path })
    expect(statSync(path).mode & 0o777).toBe(0o600)
    const response = await open({ socketPath: path, path: snapshotPath })
    expect(await readUntil(response, "base-end")).toHaveLength(3)
    response.destroy()
  })
})
