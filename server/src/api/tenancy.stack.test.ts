import { type IdNoun, toPublicId } from "@sluice/protocol/ids"
import { beforeAll, expect, it } from "vitest"
import { createCustomModelStore, createCustomModels } from "../domains/catalog/index.ts"
import { createKnowRoutes, createRouting, createRoutingRuleStore } from "../domains/routing/index.ts"
import type { Database } from "../platform/database/database.ts"
import { createUuid } from "../platform/ids.ts"
import { describeEachDatabase } from "../testing/database.ts"
import { createTestApi, openTestIdentity, type TestIdentity } from "../testing/identity.ts"
import { addTenant } from "../testing/tenant-store.ts"
import { createCursors } from "./cursor.ts"
import type { ApiRoutes } from "./route.ts"
import { customModelRoutes } from "./routes/custom-models.ts"
import { routingRuleRoutes } from "./routes/routing-rules.ts"

const bootstrapKey = "slk_bootstrapbootstrap01"

/** What stands at a path with an id: its noun, and how one is made by its owner. */
const things: Readonly<Record<string, { readonly noun: IdNoun; readonly content: object }>> = {
  "api-keys": { noun: "apiKey", content: { name: "theirs" } },
  credentials: { noun: "credential", content: { provider: "openai", secret: "sk-of-the-owner-1234" } },
  "routing-rules": {
    noun: "routingRule",
    content: { name: "theirs", match: { model: "gpt-4o" }, action: { model: "gpt-4o-mini" } },
  },
  "models/custom": { noun: "customModel", content: { name: "theirs", provider: "openai" } },
}

function createRoutes(opened: TestIdentity, database: Database): ApiRoutes[] {
  const { identity, clock } = opened
  const changed = () => identity.hub.wake()
  const cursors = createCursors(Buffer.alloc(32))
  const models = createCustomModels({
    ...identity,
    store: createCustomModelStore(database),
    clock,
    allowPrivateUpstreams: false,
    probeModel: () => Promise.reject(new Error("nobody's model is called in this test")),
    changed,
  })
  const routing = createRouting({
    store: createRoutingRuleStore(database),
    clock,
    random: () => 0,
    changed,
    know: createKnowRoutes({ hub: identity.hub, protocolOf: () => "openai" }),
    reckon: () => ({ costUsd: null, reason: "no_price", priceVersion: null }),
    recentRequests: async () => [],
  })
  return [customModelRoutes({ models, cursors }), routingRuleRoutes({ ...routing, cursors })]
}

describeEachDatabase("an id of another organization", (open) => {
  let app: ApiRoutes
  let opened: TestIdentity
  let theirKey: string

  beforeAll(async () => {
    const database = await open()
    opened = await openTestIdentity(database, { bootstrapKey })
    app = createTestApi(opened, { moreRoutes: createRoutes(opened, database) })
    const other = await addTenant(database)
    const wanted = { name: "theirs", scopes: ["api:read", "api:write"] as const }
    const made = await opened.identity.createApiKey(other, {
      ...wanted,
      scopes: [...wanted.scopes],
      environment: "production",
      models: null,
      expires_at: null,
    })
    theirKey = made.secret
  })

  async function call(method: string, path: string, key: string, content?: object) {
    opened.clock.move(1)
    const response = await app.request(`/api/v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json", "if-match": '"1"' },
      ...(content && { body: JSON.stringify(content) }),
    })
    return { status: response.status, text: await response.text() }
  }

  it("is a 404 on every route that takes one, the same as an id that never was, and changes nothing", async () => {
    const document = JSON.parse((await call("GET", "openapi.json", bootstrapKey)).text) as {
      readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>
    }
    const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
      path.includes("{id}") ? Object.keys(methods).map((method) => [method.toUpperCase(), path] as const) : [],
    )
    expect(routes.length).toBeGreaterThan(8)
    for (const [method, path] of routes) {
      const collection = path.replace("/api/v1/", "").replace(/\/\{id\}.*$/, "")
      const thing = things[collection]
      if (!thing) throw new Error(`say in this test how one of ${collection} is made`)
      const made = await call("POST", collection, bootstrapKey, {
        ...thing.content,
        ...("name" in thing.content && { name: `theirs-${opened.clock.now()}` }),
      })
      expect(made.status, made.text).toBe(201)
      const { id } = JSON.parse(made.text) as { readonly id: string }
      const body = method === "PATCH" ? { name: "mine" } : undefined
      const never = toPublicId(thing.noun, createUuid(opened.clock.now()))
      const at = (wanted: string) => path.replace("/api/v1/", "").replace("{id}", wanted)
      const answers = [await call(method, at(id), theirKey, body), await call(method, at(never), theirKey, body)]
      for (const { status } of answers) expect(status, `${method} ${path}`).toBe(404)
      const [foreign, unknown] = answers.map(({ text }) => text.replace(/req_\w+/, ""))
      expect(foreign).toBe(unknown)
      expect((await call("GET", `${collection}?limit=200`, theirKey)).text).not.toContain(id)
      expect((await call("GET", `${collection}?limit=200`, bootstrapKey)).text).toContain(id)
    }
  })
})
