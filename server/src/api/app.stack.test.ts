import { keyScopes } from "@sluice/protocol/api/api-keys"
import { sql } from "drizzle-orm"
import { beforeAll, describe, expect, it } from "vitest"
import type { Database } from "../platform/database/database.ts"
import { describeEachDatabase } from "../testing/database.ts"
import { createTestApi, openTestIdentity, type TestIdentity } from "../testing/identity.ts"
import type { ApiRoutes } from "./route.ts"
import { ApiErrorSchema } from "./schemas.ts"

const bootstrapKey = "slk_bootstrapbootstrap01"
const environmentSecret = "gsk_fromtheenvironment1234"

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly body: Record<string, unknown>
}

/** Headers of a browser that is signed in and shows the dashboard. */
const ownPage = (cookie: string) => ({
  cookie: `sluice_session=${cookie}`,
  host: "127.0.0.1:8485",
  origin: "http://127.0.0.1:8485",
  "sec-fetch-site": "same-origin",
  "x-sluice-csrf": "1",
})

const withKey = (key = bootstrapKey) => ({ authorization: `Bearer ${key}` })

async function call(
  app: ApiRoutes,
  route: string,
  headers: Record<string, string>,
  content?: unknown,
): Promise<Answer> {
  const [method = "GET", path = "/"] = route.split(" ")
  const body =
    content === undefined || typeof content === "string" ? (content as string | undefined) : JSON.stringify(content)
  const type: Record<string, string> = body === undefined ? {} : { "content-type": "application/json" }
  const response = await app.request(path, {
    method,
    headers: { ...type, ...headers },
    ...(body !== undefined && { body }),
  })
  const text = await response.text()
  const isJson = response.headers.get("content-type")?.includes("json")
  return { status: response.status, headers: response.headers, text, body: isJson && text ? JSON.parse(text) : {} }
}

async function signIn(opened: TestIdentity, app: ApiRoutes): Promise<string> {
  const { path } = await opened.identity.issueOwnerLink()
  const response = await app.request(path)
  return /sluice_session=([^;]+)/.exec(response.headers.get("set-cookie") ?? "")?.[1] ?? ""
}

describeEachDatabase("the management API", (open) => {
  let database: Database
  let opened: TestIdentity
  let app: ApiRoutes

  beforeAll(async () => {
    database = await open()
    opened = await openTestIdentity(database, {
      bootstrapKey,
      environmentCredentials: [{ provider: "groq", variable: "GROQ_API_KEY", secret: environmentSecret }],
      probeProvider: async ({ secret }) => ({ status: 200, latencyMs: 1.26, message: `models listed with ${secret}` }),
    })
    app = createTestApi(opened)
  })

  const get = (path: string, headers: Record<string, string> = withKey()) => call(app, `GET /api/v1/${path}`, headers)
  const post = (path: string, content?: unknown, headers: Record<string, string> = withKey()) => {
    // Ids made within one millisecond have no order.
    opened.clock.move(1)
    return call(app, `POST /api/v1/${path}`, headers, content)
  }
  const patch = (path: string, content: unknown, headers: Record<string, string> = withKey()) =>
    call(app, `PATCH /api/v1/${path}`, headers, content)
  const remove = (path: string, headers: Record<string, string> = withKey()) =>
    call(app, `DELETE /api/v1/${path}`, headers)

  it("makes a key, shows its secret once, lists it without, and forgets it when revoked", async () => {
    const made = await post("api-keys", { name: "app", expires_at: "2027-01-01T00:00:00+02:00", models: ["gpt-*"] })
    expect(made).toMatchObject({
      status: 201,
      body: { name: "app", scopes: ["gateway"], environment: "production", expires_at: "2026-12-31T22:00:00.000Z" },
    })
    const { id, key } = made.body as { id: string; key: string }
    const listed = await get("api-keys?limit=1")
    expect(listed.body).toMatchObject({ data: [{ id, last_four: key.slice(-4) }], has_more: true })
    expect(listed.text).not.toContain(key)
    expect((await remove(`api-keys/${id}`)).status).toBe(204)
    expect(await remove(`api-keys/${id}`)).toMatchObject({ status: 404, body: { error: { code: "not_found" } } })
    expect((await get("api-keys")).text).not.toContain(id)
  })

  it("refuses a change of limits that was made to an older state than there is, and changes nothing", async () => {
    const made = await post("api-keys", { name: "limited", limits: { requests_per_minute: 60 } })
    for (const [path, change, other] of [
      [`api-keys/${made.body.id}`, { limits: { requests_per_minute: 70 } }, { name: "other" }],
      ["organization/limits", { requests_per_minute: 700 }, { requests_per_minute: 800 }],
    ] as const) {
      const tag = (await get(path)).headers.get("etag") ?? ""
      const changed = await patch(path, change, { ...withKey(), "if-match": tag })
      expect([changed.status, tag]).toEqual([200, expect.stringMatching(/^"[\w-]{22}"$/)])
      expect(await patch(path, other, { ...withKey(), "if-match": tag })).toMatchObject({
        status: 412,
        body: { error: { code: "precondition_failed", param: "if-match" } },
      })
      expect((await get(path)).body).toEqual(changed.body)
      const either = `${tag}, ${changed.headers.get("etag")}`
      expect((await patch(path, other, { ...withKey(), "if-match": either })).status).toBe(200)
    }
    await patch("organization/limits", { requests_per_minute: null })
  })

  it("limits a key and the organization, one by one, and lifts a limit with null", async () => {
    const made = await post("api-keys", {
      name: "limited",
      limits: { requests_per_minute: 60, concurrent_requests: 2 },
    })
    const limits = {
      requests_per_minute: 60,
      tokens_per_minute: null,
      concurrent_streams: null,
      concurrent_requests: 2,
    }
    expect(made).toMatchObject({ status: 201, body: { limits } })
    const path = `api-keys/${made.body.id}`
    const changed = await patch(path, { name: "other", limits: { requests_per_minute: null, tokens_per_minute: 9000 } })
    const expected = { ...limits, requests_per_minute: null, tokens_per_minute: 9000 }
    expect(changed).toMatchObject({ status: 200, body: { name: "other", limits: expected } })
    expect((await get("api-keys?limit=1")).body).toMatchObject({ data: [{ name: "other", limits: expected }] })
    expect(await patch(path, { limits: { requests_per_minute: 0 } })).toMatchObject({
      status: 400,
      body: { error: { code: "validation_failed", param: "limits.requests_per_minute" } },
    })
    expect((await patch("organization/limits", { concurrent_streams: 40 })).body.limits).toMatchObject({
      concurrent_streams: 40,
    })
    expect((await get("organization/limits")).body).toMatchObject({
      organization_id: expect.stringMatching(/^org_/),
      limits: { requests_per_minute: null, tokens_per_minute: null, concurrent_streams: 40, concurrent_requests: null },
    })
    await remove(path)
    expect((await patch(path, { name: "gone" })).status).toBe(404)
    expect((await get(path)).status).toBe(404)
  })

  it("pages with signed cursors that are good for one list only", async () => {
    for (const name of ["one", "two", "three"]) await post("api-keys", { name })
    const names: string[] = []
    let next: string | null = ""
    while (next !== null) {
      const page = await get(`api-keys?limit=2${next && `&cursor=${next}`}`)
      const body = page.body as { data: { name: string }[]; next_cursor: string | null; has_more: boolean }
      expect(body.has_more).toBe(body.next_cursor !== null)
      names.push(...body.data.map(({ name }) => name))
      next = body.next_cursor
    }
    expect(names.slice(0, 3)).toEqual(["three", "two", "one"])
    expect(new Set(names).size).toBe(names.length)
    const cursor = (await get("api-keys?limit=1")).body.next_cursor
    for (const wrong of [`credentials?cursor=${cursor}`, "api-keys?cursor=abc", `api-keys?cursor=${cursor}x`]) {
      expect(await get(wrong)).toMatchObject({
        status: 400,
        body: { error: { code: "invalid_cursor", param: "cursor" } },
      })
    }
  })

  it("stores a credential, tests it, deletes it, and never answers or logs its secret", async () => {
    const secret = "sk-averyverysecretsecret9876"
    const made = await post("credentials", { provider: "custom", secret, base_url: "http://127.0.0.1:9000/v1/" })
    expect(made).toMatchObject({
      status: 201,
      body: { base_url: "http://127.0.0.1:9000", last_four: "9876", source: "stored" },
    })
    const { id } = made.body as { id: string }
    const tested = await post(`credentials/${id}/test`)
    expect(tested).toMatchObject({ status: 200, body: { ok: true, status: 200, latency_ms: 1.3 } })
    const listed = await get("credentials")
    expect(listed.body).toMatchObject({
      data: [{ id }, { source: "env", variable: "GROQ_API_KEY", provider: "groq" }],
      has_more: false,
      next_cursor: null,
    })
    const fixed = (listed.body.data as { id: string }[])[1]?.id
    expect(await remove(`credentials/${fixed}`)).toMatchObject({ status: 409, body: { error: { code: "conflict" } } })
    expect((await remove(`credentials/${id}`)).status).toBe(204)
    expect((await post(`credentials/${id}/test`)).status).toBe(404)
    const said = [made, tested, listed].map(({ text }) => text).concat(opened.logged)
    for (const text of said) {
      expect(text).not.toContain(secret)
      expect(text).not.toContain(environmentSecret)
      expect(text).not.toContain(bootstrapKey)
    }
  })

  it("says who is asking and what they may do", async () => {
    expect((await get("me")).body).toMatchObject({
      user: null,
      key: { name: "SLUICE_BOOTSTRAP_KEY", scopes: keyScopes },
      project: { name: "Default project" },
      permissions: expect.arrayContaining(["api-key:write", "request:read"]),
      gateway_url: "http://127.0.0.1:8484",
    })
    const cookie = await signIn(opened, app)
    const body = (await get("me", { cookie: `sluice_session=${cookie}` })).body
    expect(body).toMatchObject({ user: { email: "owner@localhost" }, key: null })
    expect(body.permissions).toContain("session:delete")
    expect((await get("providers")).body).toMatchObject({ data: [{ name: "groq" }], has_more: false })
  })

  describe("refuses", () => {
    it("a body with an unknown, a missing and a wrong field, naming each", async () => {
      const refused = await post("api-keys", { name: "", admin: true, limits: { day: 1 }, scopes: ["root"] })
      expect(refused.status).toBe(400)
      const { error } = ApiErrorSchema.parse(refused.body)
      expect(error).toMatchObject({ code: "validation_failed", type: "invalid_request_error", param: null })
      expect(error.details?.map(({ field }) => field).sort()).toEqual(["admin", "limits.day", "name", "scopes.0"])
      expect((await post("api-keys", {})).body).toMatchObject({ error: { param: "name", message: "name: is missing" } })
    })

    it("fields that only we may set", async () => {
      for (const field of ["id", "organization_id", "project_id", "hash", "bootstrap", "created_by", "revoked_at"]) {
        const refused = await post("api-keys", { name: "x", [field]: "01890a5d-ac96-774b-bcce-b302099a8057" })
        expect(refused).toMatchObject({ status: 400, body: { error: { details: [{ field }] } } })
      }
      expect((await post("api-keys", '{"name":"x","__proto__":{"scopes":["api:write"]}}')).status).toBe(400)
    })

    it("what is not JSON with one reading, or is too large", async () => {
      for (const body of [
        '{"name":"a","name":"b"}',
        '{"name":"a\\u0000"}',
        "{",
        `${"[".repeat(50)}${"]".repeat(50)}`,
      ]) {
        expect(await post("api-keys", body)).toMatchObject({ status: 400, body: { error: { code: "invalid_json" } } })
      }
      const form = await post("api-keys", "name=a", {
        ...withKey(),
        "content-type": "application/x-www-form-urlencoded",
      })
      expect(form).toMatchObject({ status: 400, body: { error: { code: "invalid_json" } } })
      expect(await post("api-keys", { name: "x".repeat(1024 * 1024) })).toMatchObject({
        status: 413,
        body: { error: { code: "request_too_large" } },
      })
      expect((await post("api-keys", "")).status).toBe(400)
    })

    it("parameters it does not know, and values out of range", async () => {
      for (const path of [
        "api-keys?sort=name",
        "me?x=1",
        "api-keys?limit=0",
        "api-keys?limit=201",
        "api-keys?limit=1&limit=2",
      ]) {
        expect(await get(path)).toMatchObject({ status: 400, body: { error: { code: "validation_failed" } } })
      }
      expect((await get("api-keys?sort=name")).body).toMatchObject({ error: { param: "sort" } })
    })

    it("paths and methods that there are not, saying which there are", async () => {
      expect(await get("nothing")).toMatchObject({ status: 404, body: { error: { code: "not_found" } } })
      const wrong = await call(app, "PUT /api/v1/api-keys", withKey(), {})
      expect(wrong).toMatchObject({ status: 405, body: { error: { code: "method_not_allowed" } } })
      expect(wrong.headers.get("allow")).toBe("GET, HEAD, POST")
      expect((await call(app, "PUT /api/v1/api-keys/key_x", withKey(), {})).headers.get("allow")).toBe(
        "DELETE, GET, HEAD, PATCH",
      )
      expect(await remove("api-keys/not-an-id")).toMatchObject({ status: 404 })
    })

    it("callers without proof, or with one that is not valid", async () => {
      for (const headers of [
        {},
        { authorization: "Bearer slk_unknownunknownunknown1" },
        { authorization: "Basic abc" },
        { cookie: "sluice_session=invented.invented" },
        withKey(opened.identity.firstOwner.place.project.id),
      ]) {
        const refused = await get("me", headers as Record<string, string>)
        expect(refused).toMatchObject({ status: 401, body: { error: { code: "unauthenticated" } } })
      }
    })

    it("keys without the scope, naming the permission", async () => {
      const { key } = (await post("api-keys", { name: "app" })).body as { key: string }
      expect(await get("api-keys", withKey(key))).toMatchObject({
        status: 403,
        body: { error: { code: "permission_denied", param: "api-key:read", type: "permission_error" } },
      })
      const reader = (await post("api-keys", { name: "reader", scopes: ["api:read"] })).body as { key: string }
      expect((await get("api-keys", withKey(reader.key))).status).toBe(200)
      expect((await post("api-keys", { name: "x" }, withKey(reader.key))).status).toBe(403)
    })

    it("a body of somebody who may not write, before it says what is wrong with it", async () => {
      expect((await post("api-keys", { nonsense: 1 }, {})).status).toBe(401)
    })
  })

  describe("a session", () => {
    it("begins with a cookie that scripts cannot read, under a value the browser did not bring", async () => {
      const { path } = await opened.identity.issueOwnerLink()
      const response = await app.request(path, { headers: { cookie: "sluice_session=fixed-by-somebody.else" } })
      expect(response.status).toBe(303)
      expect(response.headers.get("location")).toBe("/")
      const cookie = response.headers.get("set-cookie") ?? ""
      expect(cookie).toMatch(/^sluice_session=[^;]+; .*Path=\/; .*HttpOnly; .*SameSite=Lax$/)
      expect(cookie).not.toContain("fixed-by-somebody")
      expect(cookie).not.toContain("Secure")
      const again = await app.request(path)
      expect(again.status).toBe(410)
      const page = await again.text()
      expect(page).toContain("<code>sluice owner-link</code>")
      expect(page).toContain("<code>npm start -- owner-link</code>")
    })

    it("has a secure cookie where people come by https, and ends the one before", async () => {
      const secure = createTestApi(opened, { publicUrl: "https://sluice.example.com", boundTo: "0.0.0.0" })
      const before = await signIn(opened, secure)
      const { path } = await opened.identity.issueOwnerLink()
      const response = await secure.request(path, { headers: { cookie: `sluice_session=${before}` } })
      expect(response.headers.get("set-cookie")).toContain("Secure")
      expect(response.headers.get("strict-transport-security")).not.toBeNull()
      expect((await get("me", { cookie: `sluice_session=${before}` })).status).toBe(401)
    })

    it("is not begun by programs that only look at links", async () => {
      const { path } = await opened.identity.issueOwnerLink()
      expect((await app.request(path, { method: "HEAD" })).status).toBe(204)
      expect((await app.request(path, { headers: { "sec-purpose": "prefetch;prerender" } })).status).toBe(204)
      expect((await app.request(path)).status).toBe(303)
    })

    it("writes from the dashboard's own pages only", async () => {
      const cookie = await signIn(opened, app)
      const page = ownPage(cookie)
      expect((await post("api-keys", { name: "from the dashboard" }, page)).status).toBe(201)
      const { "x-sluice-csrf": _header, ...withoutHeader } = page
      const forged = [
        withoutHeader,
        { ...page, origin: "https://evil.example" },
        { ...page, origin: "null" },
        { ...page, origin: "http://127.0.0.1:9999" },
        { ...page, "sec-fetch-site": "cross-site" },
        { ...page, "sec-fetch-site": "same-site" },
      ]
      for (const headers of forged) {
        const refused = await post("api-keys", { name: "forged" }, headers)
        expect(refused).toMatchObject({ status: 403, body: { error: { code: "csrf_failed" } } })
      }
      expect((await get("api-keys", page)).text).not.toContain("forged")
      const elsewhere = createTestApi(opened, { publicUrl: "https://sluice.example.com", boundTo: "0.0.0.0" })
      const behindProxy = { ...page, host: "10.0.0.7:8485", origin: "https://sluice.example.com" }
      expect((await call(elsewhere, "POST /api/v1/api-keys", behindProxy, { name: "by proxy" })).status).toBe(201)
    })

    it("ends with signing out, for every copy of the cookie; a key cannot sign out", async () => {
      const cookie = await signIn(opened, app)
      const left = await post("sign-out", undefined, ownPage(cookie))
      expect(left.status).toBe(204)
      expect(left.headers.get("set-cookie")).toContain("Max-Age=0")
      expect((await get("me", ownPage(cookie))).status).toBe(401)
      expect((await post("sign-out")).status).toBe(403)
    })
  })

  it("stops answering for an organization that is disabled", async () => {
    const { organization } = opened.identity.firstOwner.place
    await opened.identity.setOrganizationDisabled(organization.id, true)
    expect(await get("me")).toMatchObject({
      status: 403,
      body: { error: { message: expect.stringContaining("disabled") } },
    })
    await opened.identity.setOrganizationDisabled(organization.id, false)
    expect((await get("me")).status).toBe(200)
  })

  it("keeps every table free of secrets in clear", async () => {
    await post("credentials", { provider: "openai", secret: "sk-thismustnotbestored42" })
    const { rows: tables } = await database.system.execute<{ name: string }>(
      sql`SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema()`,
    )
    for (const { name } of tables) {
      const { rows } = await database.system.execute(sql`SELECT t::text AS row FROM ${sql.identifier(name)} t`)
      for (const secret of ["sk-thismustnotbestored42", bootstrapKey, environmentSecret]) {
        expect(JSON.stringify(rows)).not.toContain(secret)
        expect(JSON.stringify(rows)).not.toContain(Buffer.from(secret).toString("hex"))
      }
    }
  })
})
