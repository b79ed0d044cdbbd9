import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createRoute } from "@hono/zod-openapi"
import { apiRoot } from "@sluice/protocol/api/common"
import { apiErrors } from "@sluice/protocol/error-codes"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Actor, isAllowed, roles } from "../domains/identity/index.ts"
import { unauthenticated } from "../platform/errors.ts"
import { createLogger } from "../platform/logger.ts"
import { ManualClock } from "../testing/manual-clock.ts"
import { createApi } from "./app.ts"
import { createCursors } from "./cursor.ts"
import { type Permission, permissions } from "./permissions.ts"
import { type ApiRoutes, answers, createRoutes, NoQuery, needs } from "./route.ts"
import { apiKeyRoutes } from "./routes/api-keys.ts"
import { credentialRoutes } from "./routes/credentials.ts"
import { customModelRoutes } from "./routes/custom-models.ts"
import { meRoutes } from "./routes/me.ts"
import { modelRoutes } from "./routes/models.ts"
import { organizationRoutes } from "./routes/organization.ts"
import { pipelineHealthRoutes } from "./routes/pipeline-health.ts"
import { providerRoutes } from "./routes/providers.ts"
import { requestRoutes } from "./routes/requests.ts"
import { routingRuleRoutes } from "./routes/routing-rules.ts"
import { ApiErrorSchema } from "./schemas.ts"
import { createStaticFiles } from "./static-files.ts"

const noBackups = { everyMs: null, lastBackupAt: null, failure: null, isOverdue: false }
const unused = () => Promise.reject(new Error("not reached in this test"))

const place = {
  organization: { id: "01890a5d-ac96-774b-bcce-b302099a8051", name: "Default" },
  workspace: { id: "01890a5d-ac96-774b-bcce-b302099a8052", name: "Default" },
  project: { id: "01890a5d-ac96-774b-bcce-b302099a8053", name: "Default" },
}

const actorWith = (part: Partial<Actor>): Actor => ({ ...place, user: null, key: null, role: null, ...part })

/** Routes that fail as a test wants. */
function failingRoutes(fail: () => unknown): ApiRoutes {
  const routes = createRoutes()
  const route = createRoute({
    ...needs("me:read"),
    method: "get",
    path: "/failing",
    request: { query: NoQuery },
    responses: { 200: answers<object>(ApiErrorSchema, "never") },
  })
  routes.openapi(route, () => {
    throw fail()
  })
  return routes
}

interface Setup {
  readonly app: ApiRoutes
  readonly logged: string[]
}

function open(options: Partial<Parameters<typeof createApi>[0]> = {}): Setup {
  const logged: string[] = []
  const cursors = createCursors(Buffer.alloc(32))
  const app = createApi({
    routes: [
      apiKeyRoutes({
        cursors,
        listApiKeys: unused,
        getApiKey: unused,
        createApiKey: unused,
        updateApiKey: unused,
        revokeApiKey: unused,
      }),
      organizationRoutes({ readOrganizationLimits: unused, changeOrganizationLimits: unused }),
      credentialRoutes({
        cursors,
        listCredentials: unused,
        createCredential: unused,
        deleteCredential: unused,
        testCredential: unused,
      }),
      meRoutes({ closeSession: unused, facts: () => ({ gatewayUrl: "http://g", demo: false, version: "1" }) }),
      providerRoutes({ providers: [] }),
      customModelRoutes({
        cursors,
        models: { list: unused, get: unused, create: unused, update: unused, delete: unused, test: unused },
      }),
      modelRoutes({ store: { listPriced: unused }, cursors, clock: new ManualClock() }),
      requestRoutes({ store: { list: unused, find: unused }, cursors }),
      routingRuleRoutes({
        cursors,
        listRules: unused,
        findRule: unused,
        createRule: unused,
        changeRule: unused,
        deleteRule: unused,
        reorderRules: unused,
        evaluateRequest: unused,
        replayRequests: unused,
      }),
      pipelineHealthRoutes({
        store: { list: unused },
        acknowledgements: { read: unused, write: unused },
        clock: new ManualClock(),
        listeningSince: 0,
        backups: async () => noBackups,
      }),
    ],
    clock: new ManualClock(),
    log: createLogger({ level: "trace", process: "test", destination: { write: (line) => logged.push(line) } }),
    version: "0.1.0",
    boundTo: "127.0.0.1",
    publicUrl: null,
    gatewayUrl: () => "http://127.0.0.1:8484",
    isDemo: false,
    dashboard: null,
    authenticateKey: async (secret) => {
      if (!secret.startsWith("slk_role_")) throw unauthenticated("no such key")
      return actorWith({ role: secret.slice(9) as Actor["role"] })
    },
    authenticateSession: async () => null,
    consumeOwnerLink: async () => null,
    closeSession: unused,
    clientAddress: () => null,
    isStoreUnavailable: () => false,
    notReadyReason: async () => null,
    ...options,
  })
  return { app, logged }
}

interface Operation {
  readonly operationId?: string
  readonly "x-permission"?: string
  readonly responses: Readonly<Record<string, unknown>>
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[]
}

async function readDocument(app: ApiRoutes): Promise<Record<string, Record<string, Operation>>> {
  const response = await app.request(`${apiRoot}/openapi.json`)
  expect(response.status).toBe(200)
  return ((await response.json()) as { paths: Record<string, Record<string, Operation>> }).paths
}

describe("the routes of the API", () => {
  const { app } = open()
  const asked = { headers: { authorization: "Bearer slk_role_owner" } }

  it("each name one permission that exists, and are all in the OpenAPI document", async () => {
    const paths = await readDocument(app)
    const documented = new Set<string>()
    for (const [path, operations] of Object.entries(paths)) {
      for (const [method, operation] of Object.entries(operations)) {
        documented.add(`${method.toUpperCase()} ${path.replaceAll(/\{(.+?)\}/g, ":$1")}`)
        expect(Object.keys(permissions), `${method} ${path}`).toContain(operation["x-permission"])
        expect(operation.operationId, `${method} ${path}`).toMatch(/^[a-z][A-Za-z]+$/)
      }
    }
    const served = app.routes.filter(({ method, path }) => method !== "ALL" && path.startsWith(apiRoot))
    const open = [`GET ${apiRoot}/openapi.json`]
    for (const { method, path } of served) {
      expect([...documented, ...open], "undocumented route").toContain(`${method} ${path}`)
    }
  })

  it("are described by a document whose references, parameters and names hold", async () => {
    const response = await app.request(`${apiRoot}/openapi.json`)
    const document = (await response.json()) as { openapi: string; components: Record<string, Record<string, unknown>> }
    expect(document.openapi).toBe("3.1.0")
    for (const [, kind = "", name = ""] of JSON.stringify(document).matchAll(/"#\/components\/(\w+)\/(\w+)"/g)) {
      expect(document.components[kind]).toHaveProperty(name)
    }
    const paths = await readDocument(app)
    const names: unknown[] = []
    for (const [path, operations] of Object.entries(paths)) {
      for (const operation of Object.values(operations)) {
        names.push(operation.operationId)
        const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === "path")
        const used = [...path.matchAll(/\{(.+?)\}/g)].map(([, name]) => name)
        expect(declared.map(({ name }) => name)).toEqual(used)
        expect(declared.every(({ required }) => required)).toBe(true)
        expect(Object.keys(operation.responses).some((status) => status.startsWith("2"))).toBe(true)
      }
    }
    expect(new Set(names).size).toBe(names.length)
  })

  it("let in exactly the roles that have their permission", async () => {
    for (const [path, operations] of Object.entries(await readDocument(app))) {
      for (const [method, operation] of Object.entries(operations)) {
        for (const role of roles) {
          const headers = { authorization: `Bearer slk_role_${role}`, "content-type": "application/json" }
          const body = method === "post" ? { body: "{}" } : {}
          const response = await app.request(path.replace(/\{.+\}/, "x"), {
            method: method.toUpperCase(),
            headers,
            ...body,
          })
          const rule = permissions[operation["x-permission"] as Permission]
          const allowed = isAllowed(actorWith({ role }), rule)
          expect(response.status === 403, `${role}: ${method} ${path}`).toBe(!allowed)
        }
      }
    }
  })

  it("answer nobody without proof", async () => {
    for (const [path, operations] of Object.entries(await readDocument(app))) {
      for (const method of Object.keys(operations)) {
        const response = await app.request(path.replace(/\{.+\}/, "x"), { method: method.toUpperCase() })
        expect(response.status, `${method} ${path}`).toBe(401)
      }
    }
  })

  it("answer every failure in one shape, with an id that is also a header", async () => {
    for (const path of ["/api", "/api/v1", "/api/v1/none", "/api/v2/me", "/api/v1/me?x", "/api/v1/api-keys?limit=x"]) {
      const response = await app.request(path, asked)
      const { error } = ApiErrorSchema.parse(await response.json())
      expect(response.status).toBe(apiErrors[error.code])
      expect(response.headers.get("x-request-id")).toBe(error.request_id)
    }
  })

  it("hide what went wrong on our side, and log it", async () => {
    const failing = open({ routes: [failingRoutes(() => new Error("table api_keys has sk-abcdefghijklmnop"))] })
    const response = await failing.app.request(`${apiRoot}/failing`, asked)
    const text = await response.text()
    expect(response.status).toBe(500)
    expect(text).not.toContain("api_keys")
    const line = failing.logged.find((logged) => logged.includes("a management call failed"))
    expect(line).toContain("table api_keys")
    expect(line).toContain(response.headers.get("x-request-id"))
    expect(line).not.toContain("sk-abcdefghijklmnop")
  })

  it("say when the database cannot be reached, and that it is worth trying again", async () => {
    const failing = open({ routes: [failingRoutes(() => new Error("gone"))], isStoreUnavailable: () => true })
    const response = await failing.app.request(`${apiRoot}/failing`, asked)
    expect(response.status).toBe(503)
    expect(response.headers.get("retry-after")).toBe("1")
    expect(ApiErrorSchema.parse(await response.json()).error.code).toBe("store_unavailable")
  })

  it("log no query, because it may hold a token", async () => {
    const { app: logging, logged } = open()
    await logging.request("/sign-in?token=slo_somethingsecret")
    expect(logged.join()).toContain('"path":"/sign-in"')
    expect(logged.join()).not.toContain("somethingsecret")
  })
})

describe("the API's port", () => {
  const { app } = open()

  it("answers whether it lives and whether it can serve", async () => {
    expect(await (await app.request("/healthz")).json()).toEqual({ status: "ok" })
    expect((await app.request("/readyz")).status).toBe(200)
    const response = await open({ notReadyReason: async () => "the database is away" }).app.request("/readyz")
    expect(response.status).toBe(503)
    expect(await response.json()).toEqual({ status: "not_ready", reason: "the database is away" })
  })

  it("carries security headers on every answer, and opens itself to no other origin", async () => {
    for (const path of ["/", "/healthz", "/sign-in", "/api/v1/none", "/api/v1/openapi.json"]) {
      const { headers } = await app.request(path, { headers: { origin: "https://evil.example" } })
      expect(headers.get("content-security-policy"), path).toContain("default-src 'none'")
      expect(headers.get("content-security-policy"), path).not.toContain("script-src 'unsafe")
      expect(headers.get("x-content-type-options"), path).toBe("nosniff")
      expect(headers.get("x-frame-options"), path).toBe("DENY")
      expect(headers.get("access-control-allow-origin"), path).toBeNull()
    }
    const preflight = await app.request("/api/v1/me", {
      method: "OPTIONS",
      headers: { origin: "https://evil.example", "access-control-request-method": "GET" },
    })
    expect(preflight.status).toBe(405)
    expect(preflight.headers.get("access-control-allow-origin")).toBeNull()
  })

  it("refuses a name it is not known by while it is bound to loopback", async () => {
    const statusFor = async (host: string, options: Parameters<typeof open>[0] = {}) =>
      (await open(options).app.request("/healthz", { headers: { host } })).status
    expect(await statusFor("rebound.evil.example:8485")).toBe(403)
    expect(await statusFor("10.0.0.1:8485")).toBe(403)
    for (const host of ["localhost:8485", "127.0.0.1:8485", "[::1]:8485", "app.localhost"]) {
      expect(await statusFor(host), host).toBe(200)
    }
    expect(await statusFor("sluice.example.com", { publicUrl: "https://sluice.example.com" })).toBe(200)
    expect(await statusFor("anything.example", { boundTo: "0.0.0.0" })).toBe(200)
  })
})

describe("the dashboard's files", () => {
  let folder: string
  let app: ApiRoutes

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "sluice-dashboard-"))
    mkdirSync(join(folder, "dist", "assets"), { recursive: true })
    writeFileSync(join(folder, "secret.txt"), "outside")
    writeFileSync(join(folder, "dist", ".hidden"), "hidden")
    writeFileSync(join(folder, "dist", "index.html"), "<!doctype html><title>Sluice</title>")
    writeFileSync(join(folder, "dist", "assets", "app-1a2b3c.js"), `console.log("${"x".repeat(5000)}")`)
    app = open({ dashboard: createStaticFiles(join(folder, "dist")) }).app
  })

  afterAll(() => rmSync(folder, { recursive: true }))

  it("are given by path, for good where the name holds a hash, compressed when the browser can", async () => {
    const response = await app.request("/assets/app-1a2b3c.js", { headers: { "accept-encoding": "gzip, br" } })
    expect(response.status).toBe(200)
    expect(response.headers.get("content-type")).toBe("text/javascript; charset=utf-8")
    expect(response.headers.get("cache-control")).toBe("public, max-age=31536000, immutable")
    expect(response.headers.get("content-encoding")).toBe("gzip")
    expect((await response.arrayBuffer()).byteLength).toBeLessThan(500)
    const tag = response.headers.get("etag") ?? ""
    const again = await app.request("/assets/app-1a2b3c.js", { headers: { "if-none-match": tag } })
    expect(again.status).toBe(304)
  })

  it("fall back to the application for its own pages, never for a missing file or the API", async () => {
    for (const path of ["/", "/requests", "/requests/req_123?x=1"]) {
      const response = await app.request(path)
      expect(response.status, path).toBe(200)
      expect(await response.text()).toContain("<title>Sluice</title>")
      expect(response.headers.get("cache-control")).toBe("no-cache")
      expect(response.headers.get("content-security-policy")).toContain("script-src 'self'")
    }
    for (const path of ["/assets/gone.js", "/favicon.ico", "/api/v1/gone"]) {
      expect((await app.request(path)).status, path).toBe(404)
    }
    expect((await app.request("/requests", { method: "POST" })).status).toBe(405)
  })

  it("never leave their folder", async () => {
    for (const path of [
      "/../secret.txt",
      "/%2e%2e/secret.txt",
      "/..%2fsecret.txt",
      "/assets/..%2f..%2fsecret.txt",
      "/.hidden",
      "/%00",
      "/%",
    ]) {
      const response = await app.request(path)
      expect(await response.text(), path).not.toMatch(/outside|hidden/)
    }
  })
})
