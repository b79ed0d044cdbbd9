import type { ApiErrorBody, Page } from "@sluice/protocol/api/common"
import type { ModelBody } from "@sluice/protocol/api/models"
import type { PipelineHealthBody } from "@sluice/protocol/api/pipeline-health"
import type { RequestBody } from "@sluice/protocol/api/requests"
import type { ExchangeRecord, UsageRecord } from "@sluice/protocol/exchange-record"
import { fromPublicId, toPublicId } from "@sluice/protocol/ids"
import { beforeAll, expect, it } from "vitest"
import { createCatalogStore, createPriceBook, importPrices } from "../../domains/catalog/index.ts"
import {
  createAcknowledgementStore,
  createEpochStore,
  createExchangeStore,
  createIngest,
  createPartitionStore,
  createRequestStore,
} from "../../domains/requests/index.ts"
import { createUuid } from "../../platform/ids.ts"
import { describeEachDatabase } from "../../testing/database.ts"
import { createTestApi, openTestIdentity } from "../../testing/identity.ts"
import { ManualClock } from "../../testing/manual-clock.ts"
import { createCursors } from "../cursor.ts"
import { ModelSchema } from "../presenters/model.ts"
import { PipelineHealthSchema } from "../presenters/pipeline-health.ts"
import { RequestSchema } from "../presenters/request.ts"
import type { ApiRoutes } from "../route.ts"
import { modelRoutes } from "./models.ts"
import { pipelineHealthRoutes } from "./pipeline-health.ts"
import { requestRoutes } from "./requests.ts"

const secret = "slk_bootstrapForTheRequestRoutes"

const totals: UsageRecord = {
  input: 1000,
  output: 100,
  cache_read: null,
  cache_write_5m: null,
  cache_write_1h: null,
  reasoning: null,
  audio_input: null,
  audio_output: null,
}

const noBackups = { everyMs: null, lastBackupAt: null, failure: null, isOverdue: false }

/** A process that has nothing else to tell. */
const heartbeat = {
  instance: "gateway-0",
  ceiling: 1000,
  queued: 0,
  spooled: {},
  dropped: {},
  final: false,
  snapshot_version: null,
}

/** A chat with gpt-4o that took half a second. */
const chat = (finishedAt: number) =>
  ({
    id: createUuid(finishedAt - 500),
    seq: 1,
    environment: "production",
    trace_id: null,
    span_id: null,
    client_request_id: null,
    started_at: finishedAt - 500,
    endpoint: "/v1/chat/completions",
    protocol: "openai",
    operation: "chat",
    provider: "openai",
    provider_unknown: false,
    credential_id: null,
    credential_source: "caller",
    model_requested: "gpt-4o",
    model_actual: "gpt-4o",
    model_response: "gpt-4o-2024-08-06",
    status: 200,
    error_code: null,
    error_category: null,
    error_source: null,
    streaming: false,
    finish_reason: "stop",
    latency_ms: 500.25,
    gateway_ms: 0.2,
    time_to_first_byte_ms: 100.5,
    time_to_first_token_ms: null,
    inter_token_p50_ms: null,
    inter_token_p95_ms: null,
    usage: totals,
    usage_source: "provider",
    feature: "search",
    task: null,
    session_id: null,
    user_id: null,
    metadata: null,
    rule_id: null,
    rule_skipped: [],
    attempts: 1,
    prompt_bytes: 5000,
    prompt_messages: 3,
    completion_bytes: 1200,
    quality: [],
  }) as const

describeEachDatabase("the routes of requests, models and pipeline health", (open) => {
  const clock = new ManualClock()
  const now = clock.now()
  const epoch = createUuid(now)
  let api: ApiRoutes
  let add: (values: readonly Partial<ExchangeRecord>[]) => Promise<readonly string[]>
  let appKey: string

  const call = async <Body>(path: string, key = secret) => {
    const response = await api.request(`/api/v1/${path}`, { headers: { authorization: `Bearer ${key}` } })
    return { status: response.status, body: (await response.json()) as Body }
  }
  const post = (path: string, body: object, key = secret) =>
    api.request(`/api/v1/${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    })
  const list = async (query: string) => (await call<Page<RequestBody>>(`requests?${query}`)).body

  beforeAll(async () => {
    const db = await open()
    const identity = await openTestIdentity(db, { bootstrapKey: secret, clock })
    const cursors = createCursors(identity.keys.cursors)
    const catalog = createCatalogStore(db)
    await importPrices({ store: catalog, clock, announce: async () => {} })
    const priceBook = createPriceBook({ load: () => catalog.load(), clock })
    await priceBook.refresh()
    api = createTestApi(identity, {
      moreRoutes: [
        requestRoutes({ store: createRequestStore(db), cursors }),
        modelRoutes({ store: catalog, cursors, clock }),
        pipelineHealthRoutes({
          store: createEpochStore(db),
          acknowledgements: createAcknowledgementStore(db),
          clock,
          listeningSince: now,
          backups: async () => noBackups,
        }),
      ],
    })
    const actor = await identity.identity.authenticateKey(secret)
    if (!actor?.key) throw new Error("the bootstrap key is not known")
    const { organization, project, key } = actor
    const place = { organization_id: organization.id, project_id: project.id, key_id: key.id, epoch, finished_at: now }
    const partitions = createPartitionStore(db)
    const ingest = createIngest({
      store: createExchangeStore(db),
      priceBook,
      clock,
      lastUse: { note: () => {} },
      prepareDay: (day) => partitions.ensure(day, 1),
    })
    let received = 0
    add = async (values) => {
      const records = values.map((own) => ({ ...chat(now), ...place, ...own }))
      received += records.length
      await ingest.ingest({ report: { ...heartbeat, epoch, started_at: now, received, opened: received }, records })
      return records.map((record) => toPublicId("request", record.id))
    }
    const made = await identity.identity.createApiKey(actor, {
      name: "app",
      scopes: ["gateway"],
      environment: "production",
    })
    appKey = made.secret
  })

  it("show whether a request offered tools, and which custom model it named", async () => {
    const custom = createUuid(now)
    const [plain, special] = await add([{}, { has_tools: true, custom_model_id: custom }])
    expect((await call<RequestBody>(`requests/${plain}`)).body).toMatchObject({
      has_tools: null,
      custom_model_id: null,
    })
    expect((await call<RequestBody>(`requests/${special}`)).body).toMatchObject({
      has_tools: true,
      custom_model_id: toPublicId("customModel", custom),
    })
  })

  it("show a request with its exact cost, and every field the contract names", async () => {
    const usage = { ...totals, input: 12_307, cache_write_5m: 12_304, output: 550 }
    const [id] = await add([
      { provider: "anthropic", model_actual: "claude-3-7-sonnet", usage, metadata: { tier: "gold" } },
    ])
    const { status, body } = await call<RequestBody>(`requests/${id}`)
    expect(status).toBe(200)
    expect(RequestSchema.parse(body)).toEqual(body)
    expect(body).toMatchObject({
      id,
      cost_usd: "0.054399",
      cost_unknown_reason: null,
      price_version: expect.stringMatching(/^0\.1\.8-/),
      usage: { input_tokens: 12_307, cache_read_tokens: null, cache_write_tokens: 12_304, output_tokens: 550 },
      metadata: { tier: "gold" },
      finished_at: new Date(now).toISOString(),
    })
    expect(body.key_name).not.toBeNull()
  })

  it("write the smallest costs out, and leave unknown ones null", async () => {
    const [cheap, unknown] = await add([
      {
        model_actual: "text-embedding-3-small",
        operation: "embeddings",
        usage: { ...totals, input: 5, output: null },
      },
      { model_actual: "unheard-of", model_response: null },
    ])
    expect((await call<RequestBody>(`requests/${cheap}`)).body.cost_usd).toBe("0.0000001")
    expect((await call<RequestBody>(`requests/${unknown}`)).body).toMatchObject({
      cost_usd: null,
      cost_unknown_reason: "no_price",
      price_version: null,
    })
  })

  it("page through a filtered list by signed cursors that fit no other list", async () => {
    const ids = await add(Array.from({ length: 7 }, () => ({ feature: "paged" })))
    const seen: string[] = []
    let cursor = ""
    for (let more = true; more; ) {
      const page = await list(`feature=paged&limit=3${cursor && `&cursor=${cursor}`}`)
      expect(page.next_cursor === null).toBe(!page.has_more)
      seen.push(...page.data.map((request) => request.id))
      cursor = page.next_cursor ?? cursor
      more = page.has_more
    }
    expect(seen).toEqual([...ids].sort().reverse())
    for (const query of [`feature=other&cursor=${cursor}`, "cursor=AAAA"]) {
      const { status, body } = await call<ApiErrorBody>(`requests?${query}`)
      expect([status, body.error.code]).toEqual([400, "invalid_cursor"])
    }
  })

  it("refuse parameters they do not know, and list every bad one", async () => {
    const { status, body } = await call<ApiErrorBody>("requests?limit=0&status=9xx&sort=cost")
    expect([status, body.error.code]).toEqual([400, "validation_failed"])
    expect(body.error.details?.map((detail) => detail.field).sort()).toEqual(["limit", "sort", "status"])
    for (const path of ["models?provider=nobody", "models?colour=red", "pipeline-health?since=1"]) {
      expect((await call(path)).status).toBe(400)
    }
  })

  it("answer 404 for what is not there, whatever is wrong with the id", async () => {
    const [id = ""] = await add([{}])
    const absent = toPublicId("request", createUuid(now))
    for (const wrong of [absent, "req_", id.replace("req_", "key_"), `${id}0`, "req_7zzzzzzzzzzzzzzzzzzzzzzzzz"]) {
      const { status, body } = await call<ApiErrorBody>(`requests/${wrong}`)
      expect([status, body.error.code]).toEqual([404, "not_found"])
    }
    expect(fromPublicId("request", id)).not.toBeNull()
  })

  it("refuse a key that may only call models", async () => {
    for (const path of ["requests", "models", "pipeline-health"]) {
      const { status, body } = await call<ApiErrorBody>(path, appKey)
      expect([status, body.error.code]).toEqual([403, "permission_denied"])
    }
    expect((await call("requests", "slk_nobodyKnowsThisKeyAtAll")).status).toBe(401)
  })

  it("list the catalog with current prices, a page at a time, by provider if wanted", async () => {
    const names: string[] = []
    let cursor = ""
    for (let more = true; more; ) {
      const { body } = await call<Page<ModelBody>>(`models?limit=20${cursor}`)
      for (const model of body.data) expect(ModelSchema.parse(model)).toEqual(model)
      names.push(...body.data.map((model) => `${model.provider}/${model.id}`))
      cursor = `&cursor=${body.next_cursor}`
      more = body.has_more
    }
    expect(new Set(names).size).toBe(names.length)
    const { body } = await call<Page<ModelBody>>("models?provider=anthropic&limit=200")
    expect(body.data.map((model) => `anthropic/${model.id}`)).toEqual(
      names.filter((name) => name.startsWith("anthropic/")),
    )
    expect(body.data.find((model) => model.id === "claude-3-7-sonnet-latest")?.price).toEqual({
      input_per_million_usd: "3",
      output_per_million_usd: "15",
      cache_read_per_million_usd: "0.3",
      cache_write_per_million_usd: "3.75",
    })
    const gemini = (await call<Page<ModelBody>>("models?provider=gemini&limit=200")).body.data
    expect(gemini.find((model) => model.id === "gemini-2.5-flash-image")).toMatchObject({
      price: null,
      price_version: null,
    })
  })

  it("account for every record", async () => {
    const { body } = await call<PipelineHealthBody>("pipeline-health")
    expect(PipelineHealthSchema.parse(body)).toEqual(body)
    const dropped = Object.values(body.dropped).reduce((total, count) => total + count, 0)
    expect(body.received).toBe(body.stored + dropped + body.spooled + body.queue_depth)
    expect(body).toMatchObject({ queue_depth: 0, lost_to_crash: { at_least: 0, at_most: 0, crashes: [] } })
    expect(body.stored).toBeGreaterThan(10)
    expect(body.gateways.map((gateway) => gateway.instance)).toEqual(["gateway-0"])
  })

  it("take no more for seen than there is, and say who has seen it and when", async () => {
    expect((await call<PipelineHealthBody>("pipeline-health")).body.acknowledged).toBeNull()
    for (const most of [7, 9]) {
      expect((await post("pipeline-health/acknowledge", { dropped: most, lost_to_crash: most })).status).toBe(200)
    }
    const { body } = await call<PipelineHealthBody>("pipeline-health")
    expect(PipelineHealthSchema.parse(body)).toEqual(body)
    const at = new Date(now).toISOString()
    expect(body.acknowledged).toEqual({ dropped: 0, lost_to_crash: 0, at, by: "SLUICE_BOOTSTRAP_KEY" })
    for (const wrong of [{}, { dropped: -1, lost_to_crash: 0 }, { dropped: 1, lost_to_crash: 0, all: true }]) {
      expect((await post("pipeline-health/acknowledge", wrong)).status).toBe(400)
    }
    expect((await post("pipeline-health/acknowledge", { dropped: 0, lost_to_crash: 0 }, appKey)).status).toBe(403)
  })
})
