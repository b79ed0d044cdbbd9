import { sql } from "drizzle-orm"
import { beforeAll, expect, it } from "vitest"
import {
  buildCustomModelEntities,
  createCatalogStore,
  createCustomModelStore,
  createCustomModels,
  createPriceBook,
  type ProbeModel,
} from "../../domains/catalog/index.ts"
import type { Database } from "../../platform/database/database.ts"
import { describeEachDatabase } from "../../testing/database.ts"
import { createTestApi, openTestIdentity, type TestIdentity } from "../../testing/identity.ts"
import { addTenant } from "../../testing/tenant-store.ts"
import { ownerOf, readBase } from "../../testing/tenants.ts"
import { createCursors } from "../cursor.ts"
import { CustomModelSchema, CustomModelTestSchema } from "../presenters/custom-model.ts"
import type { ApiRoutes } from "../route.ts"
import { customModelRoutes } from "./custom-models.ts"

const bootstrapKey = "slk_bootstrapbootstrap01"
const secret = "sk-of-the-second-server-4321"

interface Answer {
  readonly status: number
  readonly etag: string | null
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: the schemas below hold every answer
  readonly body: any
}

describeEachDatabase("custom models", (open) => {
  let database: Database
  let opened: TestIdentity
  let app: ApiRoutes
  let credentialId: string
  let models: ReturnType<typeof createCustomModels>
  const probed: Parameters<ProbeModel>[0][] = []

  beforeAll(async () => {
    database = await open()
    const store = createCustomModelStore(database)
    opened = await openTestIdentity(database, {
      bootstrapKey,
      environmentCredentials: [{ provider: "groq", variable: "GROQ_API_KEY", secret: "gsk_fromtheenvironment1234" }],
      entitySources: [
        { kind: "custom_model", load: async (ids) => buildCustomModelEntities(await store.loadAll(ids)) },
      ],
    })
    models = createCustomModels({
      ...opened.identity,
      store,
      clock: opened.clock,
      allowPrivateUpstreams: false,
      probeModel: async (probe) => {
        probed.push(probe)
        const message = `refused ${probe.credential?.secret} at ${probe.baseUrl}`
        return { status: 401, latencyMs: 4.56, answered: false, modelAnswered: null, message }
      },
      changed: () => opened.identity.hub.wake(),
    })
    const cursors = createCursors(opened.keys.cursors)
    app = createTestApi(opened, { moreRoutes: [customModelRoutes({ models, cursors })] })
    const made = await call("POST credentials", { provider: "custom", secret, base_url: "https://models.example/v1" })
    credentialId = made.body.id
  })

  async function call(route: string, content?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const [method = "GET", path = ""] = route.split(" ")
    opened.clock.move(1)
    const response = await app.request(`/api/v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${bootstrapKey}`, "content-type": "application/json", ...headers },
      ...(content !== undefined && { body: JSON.stringify(content) }),
    })
    const text = await response.text()
    return {
      status: response.status,
      etag: response.headers.get("etag"),
      text,
      body: text ? JSON.parse(text) : null,
    }
  }

  const create = (name: string, more: object = {}) =>
    call("POST models/custom", { name, provider: "custom", credential_id: credentialId, ...more })

  it("are made, read, listed newest first, and told to gateways", async () => {
    const price = { input_per_million_usd: "0.25", output_per_million_usd: "1.000000001" }
    const made = await create("our-llama", { upstream_model: "llama-3.3-70b", price, context_window: 131072 })
    expect(made).toMatchObject({ status: 201, etag: '"1"' })
    expect(CustomModelSchema.parse(made.body)).toMatchObject({
      name: "our-llama",
      upstream_model: "llama-3.3-70b",
      credential_id: credentialId,
      base_url: null,
      price: { ...price, cache_read_per_million_usd: null, cache_write_per_million_usd: null },
      context_window: 131072,
    })
    expect(made.text).not.toContain(secret)
    expect(await call(`GET models/custom/${made.body.id}`)).toMatchObject({ status: 200, etag: '"1"', body: made.body })
    await create("second")
    const first = await call("GET models/custom?limit=1")
    expect(first.body).toMatchObject({ data: [{ name: "second" }], has_more: true })
    const rest = await call(`GET models/custom?limit=1&cursor=${first.body.next_cursor}`)
    expect(rest.body).toMatchObject({ data: [{ name: "our-llama" }], has_more: false, next_cursor: null })
    await opened.identity.hub.poll()
    const told = [...readBase(opened).values()].map(({ entity }) => entity)
    expect(told).toContainEqual(
      expect.objectContaining({ kind: "custom_model", name: "our-llama", upstream_model: "llama-3.3-70b" }),
    )
  })

  it("have their own price, which a change ends from then on", async () => {
    const made = await create("priced", { price: { input_per_million_usd: "2", output_per_million_usd: "2" } })
    const book = createPriceBook({ load: () => createCatalogStore(database).load(), clock: opened.clock })
    const place = opened.identity.firstOwner.place
    const { rows } = await database.system.execute<{ id: string }>(
      sql`SELECT id FROM custom_models WHERE name = 'priced'`,
    )
    const reckon = (at: number) =>
      book.reckon({
        organization_id: place.organization.id,
        operation: "chat",
        provider: "custom",
        model_actual: "priced",
        model_response: null,
        custom_model_id: rows[0]?.id ?? "",
        finished_at: at,
        usage: {
          input: 1000,
          output: 100,
          cache_read: null,
          cache_write_5m: null,
          cache_write_1h: null,
          reasoning: null,
          audio_input: null,
          audio_output: null,
        },
        usage_source: "provider",
      })
    await book.refresh()
    const before = opened.clock.now()
    expect(reckon(before)).toMatchObject({ costUsd: "0.0022", priceVersion: "own-1" })
    opened.clock.move(60_000)
    const price = { input_per_million_usd: "4", output_per_million_usd: "10" }
    await call(`PATCH models/custom/${made.body.id}`, { price })
    await book.refresh()
    expect(reckon(before)).toMatchObject({ costUsd: "0.0022", priceVersion: "own-1" })
    expect(reckon(opened.clock.now() + 1)).toMatchObject({ costUsd: "0.005", priceVersion: "own-2" })
    const cleared = await call(`PATCH models/custom/${made.body.id}`, { price: null })
    expect(cleared.body.price).toBeNull()
    await book.refresh()
    expect(reckon(opened.clock.now() + 1)).toMatchObject({ costUsd: null, reason: "no_price" })
  })

  it("are changed by whoever saw their newest state", async () => {
    const made = await create("edited")
    const path = `models/custom/${made.body.id}`
    const changed = await call(`PATCH ${path}`, { name: "renamed", description: "ours" }, { "if-match": '"1"' })
    expect(changed).toMatchObject({ status: 200, etag: '"2"', body: { name: "renamed", upstream_model: "edited" } })
    for (const tag of ['"1"', 'W/"2"', "2"]) {
      const late = await call(`PATCH ${path}`, { description: "theirs" }, { "if-match": tag })
      expect(late).toMatchObject({ status: 412, body: { error: { code: "precondition_failed", param: "if-match" } } })
    }
    expect((await call(`DELETE ${path}`, undefined, { "if-match": '"1"' })).status).toBe(412)
    expect((await call(`PATCH ${path}`, { provider: "groq" })).body.error.details).toEqual([
      { field: "provider", message: "there is no such field" },
    ])
    expect((await call(`DELETE ${path}`, undefined, { "if-match": '"1", "2"' })).status).toBe(204)
    expect((await call(`GET ${path}`)).status).toBe(404)
    await opened.identity.hub.poll()
    const names = [...readBase(opened).values()].map(({ entity }) =>
      entity.kind === "custom_model" ? entity.name : "",
    )
    expect(names).not.toContain("renamed")
  })

  it("have a name of their own in their project", async () => {
    await create("taken")
    expect(await create("taken")).toMatchObject({ status: 409, body: { error: { code: "conflict" } } })
    const other = await create("free")
    const renamed = await Promise.all(
      ["taken", "both", "both"].map((name) => call(`PATCH models/custom/${other.body.id}`, { name })),
    )
    expect(renamed[0]?.status).toBe(409)
    expect(renamed.map(({ status }) => status).filter((status) => status >= 500)).toEqual([])
  })

  it.each([
    [{ name: "has space" }, ["name"]],
    [{ name: "glob*" }, ["name"]],
    [{ name: "x", upstream_model: "" }, ["upstream_model"]],
    [{ name: "x", secret: "sk-1" }, ["secret"]],
    [
      { name: "x", price: { input_per_million_usd: "0.0000000001", output_per_million_usd: "0" } },
      ["price.input_per_million_usd"],
    ],
    [
      { name: "x", price: { input_per_million_usd: "-1", output_per_million_usd: "0" } },
      ["price.input_per_million_usd"],
    ],
    [{ name: "x", price: { input_per_million_usd: "1" } }, ["price.output_per_million_usd"]],
    [{ name: "x", price: { output_per_million_usd: "1" } }, ["price.input_per_million_usd"]],
    [{ name: "x", context_window: 0 }, ["context_window"]],
    [{ name: "x", credential_id: "crd_nothing" }, ["credential_id"]],
    [{ name: "x", credential_id: null }, ["credential_id"]],
    [{ name: "x", provider: "groq" }, ["credential_id"]],
    [{ name: "x", base_url: "https://elsewhere.example" }, ["base_url"]],
    [{ name: "x", credential_id: null, base_url: "http://169.254.169.254" }, ["base_url"]],
    [{ name: "x", credential_id: null, base_url: "http://10.0.0.1" }, ["base_url"]],
    [{ name: "x", credential_id: null, base_url: "https://u:p@host.example" }, ["base_url"]],
    [{ name: "x", provider: "openai", credential_id: null, base_url: "https://host.example" }, ["base_url"]],
    [{ name: "x", provider: "nobody" }, ["provider"]],
  ])("are refused with every bad field: %j", async (wrong, fields) => {
    const { name, ...more } = wrong
    const refused = await create(name, more)
    expect(refused).toMatchObject({ status: 400, body: { error: { code: "validation_failed" } } })
    expect(refused.body.error.details.map(({ field }: { field: string }) => field)).toEqual(fields)
  })

  it("are tested with the very credential of their server, and the answer repeats no secret", async () => {
    const made = await create("tested", { upstream_model: "up" })
    const tested = await call(`POST models/custom/${made.body.id}/test`)
    expect(CustomModelTestSchema.parse(tested.body)).toEqual({
      ok: false,
      reachable: true,
      status: 401,
      latency_ms: 4.6,
      model_answered: null,
      message: "refused [secret] at https://models.example",
    })
    expect(probed.at(-1)).toMatchObject({ provider: "custom", model: "up", credential: { secret } })
    const keyless = { credential_id: null, base_url: "https://open.example/v1" }
    await call(`PATCH models/custom/${made.body.id}`, keyless)
    await call(`POST models/custom/${made.body.id}/test`)
    expect(probed.at(-1)).toMatchObject({ credential: null, baseUrl: "https://open.example" })
    const alias = await call("POST models/custom", { name: "alias", provider: "groq", upstream_model: "llama" })
    await call(`POST models/custom/${alias.body.id}/test`)
    expect(probed.at(-1)).toMatchObject({ model: "llama", credential: { secret: "gsk_fromtheenvironment1234" } })
  })

  it("say that their credential is gone, and call nothing", async () => {
    const credential = await call("POST credentials", { provider: "groq", secret: "gsk_short-lived" })
    const made = await call("POST models/custom", { name: "left", provider: "groq", credential_id: credential.body.id })
    await call(`DELETE credentials/${credential.body.id}`)
    const before = probed.length
    const tested = await call(`POST models/custom/${made.body.id}/test`)
    expect(tested.body).toMatchObject({ ok: false, reachable: false, message: expect.stringContaining("is gone") })
    expect(probed).toHaveLength(before)
    expect((await call(`PATCH models/custom/${made.body.id}`, { description: "still mine" })).status).toBe(200)
  })

  it("of another organization are neither seen nor touched, nor are its credentials used", async () => {
    const other = await addTenant(database)
    const owner = ownerOf(opened.identity.firstOwner)
    const [own] = (await models.list(owner, { limit: 1, after: null })).items
    const id = own?.id ?? ""
    const expects = () => true
    expect((await models.list(other, { limit: 200, after: null })).items).toEqual([])
    const attempts = [
      () => models.get(other, id),
      () => models.update(other, { id, values: {}, expects }),
      () => models.delete(other, { id, expects }),
      () => models.test(other, { id, signal: new AbortController().signal }),
    ]
    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ status: 404 })
    const stolen = models.create(other, { name: "x", provider: "custom", credential_id: credentialId })
    await expect(stolen).rejects.toMatchObject({ details: [{ field: "credential_id" }] })
    const seen = await database.inTenant(other.organization.id, (tx) => tx.execute(sql`SELECT id FROM custom_models`))
    expect(seen.rows).toEqual([])
  })

  it("can use what another organization offers to all, whose address the test then keeps to itself", async () => {
    const offered = await call("POST credentials", {
      provider: "custom",
      secret: "sk-of-the-operator-9876",
      base_url: "https://inside.example",
      scope: "installation",
    })
    expect(offered.status).toBe(201)
    const { rows } = await database.system.execute<{ organization: string; workspace: string; project: string }>(
      sql`SELECT organization_id AS organization, workspace_id AS workspace, id AS project FROM projects WHERE name = 'Other'`,
    )
    const { organization, workspace, project } = rows[0] as { organization: string; workspace: string; project: string }
    const named = (uuid: string) => ({ id: uuid, name: "Other" })
    const other = {
      organization: named(organization),
      workspace: named(workspace),
      project: named(project),
      user: null,
      key: null,
      role: "owner" as const,
    }
    const made = await models.create(other, { name: "theirs", provider: "custom", credential_id: offered.body.id })
    const tested = await models.test(other, { id: made.id, signal: new AbortController().signal })
    expect(tested.message).toBe("refused [secret] at https://the server")
  })
})
