import type { ApiErrorBody, Page } from "@sluice/protocol/api/common"
import type { EvaluationBody, ReplayBody, RoutingRuleBody } from "@sluice/protocol/api/routing-rules"
import { toPublicId } from "@sluice/protocol/ids"
import { maxRules } from "@sluice/protocol/routing-rule"
import { beforeAll, expect, it } from "vitest"
import {
  buildRuleEntities,
  createKnowRoutes,
  createRouting,
  createRoutingRuleStore,
} from "../../domains/routing/index.ts"
import type { Database } from "../../platform/database/database.ts"
import { createUuid } from "../../platform/ids.ts"
import { describeEachDatabase } from "../../testing/database.ts"
import { createTestApi, openTestIdentity, type TestIdentity } from "../../testing/identity.ts"
import { createCursors } from "../cursor.ts"
import { EvaluationSchema, ReplaySchema, RoutingRuleSchema } from "../presenters/routing-rule.ts"
import type { ApiRoutes } from "../route.ts"
import { routingRuleRoutes } from "./routing-rules.ts"

const secret = "slk_bootstrapForTheRoutingRules"

const catalog = {
  kind: "catalog" as const,
  id: "catalog" as const,
  models: { openai: ["gpt-4o", "gpt-4o-mini"], groq: ["llama-3.3"], anthropic: ["claude-sonnet"] },
  patterns: [],
}

describeEachDatabase("the routes of routing rules", (open) => {
  let app: ApiRoutes
  let opened: TestIdentity

  async function openApi(database: Database): Promise<void> {
    const store = createRoutingRuleStore(database)
    opened = await openTestIdentity(database, {
      bootstrapKey: secret,
      entitySources: [{ kind: "rule", load: async (ids) => buildRuleEntities(await store.loadEnabled(ids)) }],
      loadOtherEntities: async () => [catalog],
      environmentCredentials: [{ provider: "openai", variable: "OPENAI_API_KEY", secret: "sk-test-0123456789" }],
    })
    const { identity, clock } = opened
    const routing = createRouting({
      store,
      clock,
      random: () => 0,
      changed: () => identity.hub.wake(),
      know: createKnowRoutes({ hub: identity.hub, protocolOf: (name) => (name === "anthropic" ? name : "openai") }),
      reckon: () => ({ costUsd: null, reason: "no_price", priceVersion: null }),
      recentRequests: async () => [],
    })
    const routes = routingRuleRoutes({ ...routing, cursors: createCursors(Buffer.alloc(32)) })
    app = createTestApi(opened, { moreRoutes: [routes] })
  }

  beforeAll(async () => {
    await openApi(await open())
  })

  interface Answer<Body> {
    readonly status: number
    readonly body: Body
    readonly tag: string | null
  }

  async function call<Body>(
    method: string,
    path = "",
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer<Body>> {
    const answer = await app.request(`/api/v1/routing-rules${path}`, {
      method,
      headers: { authorization: `Bearer ${secret}`, "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    return {
      status: answer.status,
      body: (text === "" ? null : JSON.parse(text)) as Body,
      tag: answer.headers.get("etag"),
    }
  }

  async function removeAll(): Promise<void> {
    for (const rule of (await call<Page<RoutingRuleBody>>("GET", "?limit=200")).body.data)
      await call("DELETE", `/${rule.id}`)
  }

  const wanted = { name: "cheaper", match: { model: "gpt-4o" }, action: { model: "gpt-4o-mini" } }

  const create = async (more: object = {}): Promise<RoutingRuleBody> => {
    const { status, body } = await call<RoutingRuleBody>("POST", "", { ...wanted, ...more })
    expect(status).toBe(201)
    return RoutingRuleSchema.parse(body) as RoutingRuleBody
  }

  it("make, show, change and delete a rule, of which gateways hear at once", async () => {
    const made = await create({ match: { model: "gpt-4o", feature: null, metadata: {} } })
    expect(made).toMatchObject({ ...wanted, enabled: true, priority: 10, version: 1, warnings: [] })
    const told = async () => {
      await opened.identity.hub.poll()
      return opened.identity.hub.entitiesOf("rule").map(({ match, targets }) => ({ match, targets }))
    }
    expect(await told()).toEqual([{ match: { model: "gpt-4o" }, targets: [{ weight: 1, model: "gpt-4o-mini" }] }])
    const read = await call<RoutingRuleBody>("GET", `/${made.id}`)
    expect(read).toMatchObject({ status: 200, tag: '"1"', body: made })
    const off = await call<RoutingRuleBody>("PATCH", `/${made.id}`, { enabled: false })
    expect(off).toMatchObject({ status: 200, tag: '"2"', body: { enabled: false, version: 2 } })
    expect(await told()).toEqual([])
    expect((await call("DELETE", `/${made.id}`)).status).toBe(204)
    expect((await call("GET", `/${made.id}`)).status).toBe(404)
  })

  it("refuse a change to a state that is no more", async () => {
    const made = await create()
    expect((await call("PATCH", `/${made.id}`, { name: "a" }, { "if-match": '"1"' })).status).toBe(200)
    for (const tag of ['"1"', '"7"', "nonsense", 'W/"2"']) {
      const late = await call<ApiErrorBody>("PATCH", `/${made.id}`, { name: "b" }, { "if-match": tag })
      expect([late.status, late.body.error.code], tag).toEqual([412, "precondition_failed"])
      expect((await call("DELETE", `/${made.id}`, undefined, { "if-match": tag })).status).toBe(412)
    }
    expect((await call<RoutingRuleBody>("GET", `/${made.id}`)).body.name).toBe("a")
    expect((await call("DELETE", `/${made.id}`, undefined, { "if-match": "*" })).status).toBe(204)
  })

  it("warn of a target that has no credential or speaks another protocol", async () => {
    const made = await create({ action: { provider: "anthropic", model: "claude-sonnet" } })
    expect(made.warnings.map(({ code }) => code)).toEqual(["no_credential", "translation_unavailable"])
    expect(made.warnings[0]?.message).toContain("anthropic")
    await removeAll()
  })

  const bad: readonly (readonly [string, object, string])[] = [
    ["no action", { action: undefined }, "action"],
    ["an empty action", { action: {} }, "action"],
    ["a target beside a split", { action: { model: "x", split: [{ weight: 1, model: "y" }] } }, "action"],
    ["an empty split", { action: { split: [] } }, "action.split"],
    ["a weight of nothing", { action: { split: [{ weight: 0, model: "y" }] } }, "action.split.0.weight"],
    ["a weight below nothing", { action: { split: [{ weight: -1, model: "y" }] } }, "action.split.0.weight"],
    ["half a weight", { action: { split: [{ weight: 0.5, model: "y" }] } }, "action.split.0.weight"],
    ["a target of a split that is none", { action: { split: [{ weight: 1 }] } }, "action.split.0"],
    ["a provider that is none", { action: { provider: "nobody" } }, "action.provider"],
    ["an unknown condition", { match: { temperature: 1 } }, "match.temperature"],
    ["an unknown field", { colour: "red" }, "colour"],
    ["an empty glob", { match: { feature: "" } }, "match.feature"],
    ["a size upside down", { match: { prompt_bytes: { gte: 2, lte: 1 } } }, "match.prompt_bytes"],
    ["a size below nothing", { match: { prompt_bytes: { gte: -1 } } }, "match.prompt_bytes.gte"],
    ["a text for a switch", { match: { streaming: "yes" } }, "match.streaming"],
    ["a name of nothing", { name: "  " }, "name"],
    ["a priority below zero", { priority: -1 }, "priority"],
    ["a priority that is no whole number", { priority: 1.5 }, "priority"],
  ]

  it.each(bad)("refuse %s, and say where", async (_, part, field) => {
    const { status, body } = await call<ApiErrorBody>("POST", "", { ...wanted, ...part })
    expect(status).toBe(400)
    expect(body.error.code).toBe("validation_failed")
    expect(body.error.details?.map((detail) => detail.field)).toContain(field)
  })

  it("page through the rules in their order, and put them in another", async () => {
    const made: RoutingRuleBody[] = []
    for (const name of ["a", "b", "c"]) made.push(await create({ name }))
    const [a = "", b = "", c = ""] = made.map(({ id }) => id)
    const first = await call<Page<RoutingRuleBody>>("GET", "?limit=2")
    expect(first.body).toMatchObject({ data: [{ id: a }, { id: b }], has_more: true })
    const second = await call<Page<RoutingRuleBody>>("GET", `?limit=2&cursor=${first.body.next_cursor}`)
    expect(second.body).toMatchObject({ data: [{ id: c }], has_more: false, next_cursor: null })
    const moved = await call<Page<RoutingRuleBody>>("POST", "/reorder", { ids: [c, a, b] })
    expect(moved.body.data.map(({ id, priority }) => [id, priority])).toEqual([
      [c, 10],
      [a, 20],
      [b, 30],
    ])
    expect((await call("POST", "/reorder", { ids: [a, b] })).status).toBe(409)
    const other = toPublicId("routingRule", createUuid(5))
    expect((await call("POST", "/reorder", { ids: [a, b, other] })).status).toBe(409)
    expect((await call<ApiErrorBody>("POST", "/reorder", { ids: [a, "b", c] })).body.error.details).toMatchObject([
      { field: "ids.1" },
    ])
    await removeAll()
  })

  it("say in a dry run what would happen, and why", async () => {
    const rule = await create()
    const { body } = await call<EvaluationBody>("POST", "/evaluate", { model: "gpt-4o", prompt_bytes: 10 })
    expect(EvaluationSchema.parse(body)).toEqual({
      rule_id: rule.id,
      provider: "openai",
      model: "gpt-4o-mini",
      rule_skipped: [],
      considered: [{ rule_id: rule.id, matched: true, reason: "Every condition holds; this rule decides." }],
    })
    expect((await call("POST", "/evaluate", { model: "gpt-4o", size: 1 })).status).toBe(400)
    await removeAll()
  })

  it("replay nothing when nothing was recorded", async () => {
    const { status, body } = await call<ReplayBody>("POST", "/replay", {})
    expect(status).toBe(200)
    expect(ReplaySchema.parse(body)).toMatchObject({ requests: 0, estimate: true, from: null, rules: [], sample: [] })
    expect((await call("POST", "/replay", { limit: 1001 })).status).toBe(400)
  })

  it(`refuse the rule after ${maxRules}`, async () => {
    for (let i = 0; i < maxRules; i += 1) await create({ enabled: false })
    const { status, body } = await call<ApiErrorBody>("POST", "", wanted)
    expect([status, body.error.code]).toEqual([409, "conflict"])
    await removeAll()
  })
})
