import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { closeServer, type HttpServer, listen } from "../platform/http-server.ts"
import { createLogger } from "../platform/logger.ts"
import { serverPatience } from "../platform/server-patience.ts"
import { ManualClock } from "../testing/manual-clock.ts"
import { openRaw, soon } from "../testing/raw-http.ts"
import { createApi } from "./app.ts"
import { createInternalServer } from "./internal.ts"
import { meRoutes } from "./routes/me.ts"
import { createApiServer } from "./server.ts"
import { createStaticFiles } from "./static-files.ts"

const unused = () => Promise.reject(new Error("not reached in this test"))
const token = "a-control-token-of-at-least-32-characters"

let folder: string
let apiPort: number
let internalPort: number
const logged: string[] = []
const servers: HttpServer[] = []

async function start(server: HttpServer): Promise<number> {
  servers.push(server)
  return await listen(server, { host: "127.0.0.1", port: 0 })
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sluice-hostile-"))
  mkdirSync(join(folder, "dist", "assets"), { recursive: true })
  writeFileSync(join(folder, "dist", "index.html"), "<!doctype html>the dashboard")
  writeFileSync(join(folder, "secret.txt"), "outside")
  symlinkSync(join(folder, "secret.txt"), join(folder, "dist", "assets", "link.txt"))
  symlinkSync(folder, join(folder, "dist", "up"))
  const log = createLogger({ level: "trace", process: "test", destination: { write: (line) => logged.push(line) } })
  const app = createApi({
    routes: [meRoutes({ closeSession: unused, facts: () => ({ gatewayUrl: "http://g", demo: false, version: "1" }) })],
    clock: new ManualClock(),
    log,
    version: "0.1.0",
    boundTo: "127.0.0.1",
    publicUrl: null,
    gatewayUrl: () => "http://127.0.0.1:8484",
    isDemo: false,
    dashboard: createStaticFiles(join(folder, "dist")),
    authenticateKey: unused,
    authenticateSession: async () => null,
    consumeOwnerLink: async () => null,
    closeSession: unused,
    clientAddress: () => null,
    isStoreUnavailable: () => false,
    notReadyReason: async () => null,
  })
  apiPort = await start(createApiServer(app, null))
  const hub = { subscribe: () => ({ resume: () => undefined, close: () => undefined }) }
  internalPort = await start(
    createInternalServer({
      controlToken: token,
      hub,
      ingest: unused,
      issueOwnerLink: unused,
      lease: () => ({ known: false, leases: [] }),
      cloneDatabase: unused,
      isStoreUnavailable: () => false,
      log,
    }),
  )
})

afterAll(async () => {
  for (const server of servers) await closeServer(server, AbortSignal.abort())
  rmSync(folder, { recursive: true, force: true })
})

/** What a server says to these bytes. */
async function say(port: number, lines: readonly string[], body = ""): Promise<string> {
  const client = await openRaw(port, Buffer.from([...lines, "connection: close", "", body].join("\r\n"), "latin1"))
  expect(await soon(() => client.isClosed())).toBe(true)
  client.socket.destroy()
  return client.text()
}

describe("the API's door", () => {
  it.each([
    ["a foreign name", ["GET /healthz HTTP/1.1", "host: evil.example"], 403],
    ["a foreign name in the target", ["GET http://evil.example/healthz HTTP/1.1", "host: localhost"], 403],
    ["two names", ["GET /healthz HTTP/1.1", "host: localhost", "host: evil.example"], 403],
    ["a name with a user", ["GET /healthz HTTP/1.1", "host: localhost@evil.example"], 400],
    ["a name that is none", ["GET /healthz HTTP/1.1", "host: a b"], 400],
    ["no name", ["GET /healthz HTTP/1.1"], 400],
  ])("is closed to a page of somebody else's: %s", async (_what, lines, status) => {
    const text = await say(apiPort, lines)
    expect([status, 400]).toContain(Number(text.split(" ")[1]))
    expect(text).not.toContain('"status":"ok"')
  })

  it.each([
    "/../secret.txt",
    "/%2e%2e/secret.txt",
    "/assets/..%2f..%2f..%2fsecret.txt",
    "/assets/..%5c..%5csecret.txt",
    "/assets/%00../../secret.txt",
    "/assets/link.txt",
    "/up/secret.txt",
    "//secret.txt",
    "/assets//../../secret.txt",
    "/.git/config",
    "/%252e%252e/secret.txt",
  ])("gives nothing outside the dashboard's folder: %s", async (path) => {
    const text = await say(apiPort, [`GET ${path} HTTP/1.1`, "host: localhost"])
    expect(text).not.toContain("outside")
    expect(text).toMatch(/^HTTP\/1\.1 (200|400|404) /)
  })

  it.each([
    ["a line break, escaped", "/api/v1/me%0d%0aset-cookie:%20a=b"],
    ["a foreign place to go on to", "/sign-in?token=x&next=//evil.example"],
    ["a foreign host in the path", "//evil.example/%2f.."],
  ])("puts nothing of the request into its headers: %s", async (_what, path) => {
    const text = await say(apiPort, [`GET ${path} HTTP/1.1`, "host: localhost"])
    const [head = ""] = text.split("\r\n\r\n")
    expect(head).not.toMatch(/evil|set-cookie: a=b/i)
  })

  it("tells nobody how it is made", async () => {
    for (const path of ["/api/v1/%", "/api/v1/me?%", "/api/v1/nothing", "/%c0%ae", "/sign-in?token=%"]) {
      const text = await say(apiPort, [`GET ${path} HTTP/1.1`, "host: localhost"])
      expect(text).toMatch(/^HTTP\/1\.1 (200|400|401|404|410) /)
      expect(text).not.toMatch(/node_modules|\.ts:|at .*\(|hono|node\.js/i)
    }
    expect(logged.join("")).not.toMatch(/"level":50/)
  })
})

describe("the internal channel's door", () => {
  it.each(["//", "///", "http://[", "/\\", "*", "/%", "//internal/owner-link"])(
    "asks for the token before it looks at anything, and logs no fault: %s",
    async (target) => {
      expect(await say(internalPort, [`POST ${target} HTTP/1.1`, "host: c"])).toMatch(/^HTTP\/1\.1 401 /)
      const known = [`POST ${target} HTTP/1.1`, "host: c", `authorization: Bearer ${token}`]
      expect(await say(internalPort, known)).toMatch(/^HTTP\/1\.1 404 /)
      expect(logged.join("")).not.toMatch(/internal call failed/)
    },
  )

  it("takes no token but the whole one", async () => {
    for (const given of [
      token.slice(0, -1),
      `${token}x`,
      token.toUpperCase(),
      `${token} ${token}`,
      "",
      `Basic ${token}`,
    ]) {
      const lines = ["POST /internal/owner-link HTTP/1.1", "host: c", `authorization: Bearer ${given}`]
      expect(await say(internalPort, lines)).toMatch(/^HTTP\/1\.1 401 /)
    }
  })
})

describe("a call that drips", () => {
  it("is ended, in its head and in its body", async () => {
    const server = createServer(serverPatience(300), (request) => request.resume())
    const port = await start(server)
    for (const begin of ["GET / HTTP/1.1\r\nx: ", "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9999\r\n\r\n"]) {
      const client = await openRaw(port, begin)
      const drip = setInterval(() => client.socket.write("x"), 20)
      expect(await soon(() => client.isClosed())).toBe(true)
      clearInterval(drip)
    }
  })
})
