import type { ExchangeRecord } from "@sluice/protocol/exchange-record"
import type { ApiRoutes } from "../api/route.ts"
import { createCatalogStore, createPriceBook, importPrices } from "../domains/catalog/index.ts"
import { aggregate, createRollupStore, createSketchStore, createSummaryStore } from "../domains/insights/index.ts"
import {
  createExchangeStore,
  createFailureStore,
  createIngest,
  createPartitionStore,
} from "../domains/requests/index.ts"
import type { Database } from "../platform/database/database.ts"
import { createUuid } from "../platform/ids.ts"
import { exampleBatch, exampleExchange } from "./exchange.ts"
import { createTestApi, openTestIdentity, type TestIdentity } from "./identity.ts"
import { ManualClock } from "./manual-clock.ts"

/** Ingest and aggregation over one database, and an API with a key that may do everything. */
export interface TestFigures {
  readonly clock: ManualClock
  readonly identity: TestIdentity
  /** Stores exchanges of the key's project; `finished_at` is now unless told. */
  add(values: readonly Partial<ExchangeRecord>[]): Promise<readonly ExchangeRecord[]>
  /** Gives how many summaries were reckoned. */
  aggregate(): Promise<number>
  patch(path: string, body: unknown): Promise<number>
  post<Body>(path: string, body: unknown): Promise<{ readonly status: number; readonly body: Body }>
  get<Body>(path: string): Promise<{ readonly status: number; readonly body: Body }>
}

const secret = "slk_bootstrapForTheFigures"

/** Opens figures as `control` does, with a clock the test moves. */
export async function openTestFigures(
  database: Database,
  routes: (identity: TestIdentity) => readonly ApiRoutes[],
): Promise<TestFigures> {
  const clock = new ManualClock()
  const identity = await openTestIdentity(database, { bootstrapKey: secret, clock })
  const api = createTestApi(identity, { moreRoutes: routes(identity) })
  const { organization, project, key } = await identity.identity.authenticateKey(secret)
  const catalog = createCatalogStore(database)
  await importPrices({ store: catalog, clock, announce: async () => {} })
  const priceBook = createPriceBook({ load: () => catalog.load(), clock })
  await priceBook.refresh()
  const partitions = createPartitionStore(database)
  const rollups = createRollupStore()
  const ingest = createIngest({
    store: createExchangeStore(database, (tx, rows) => rollups.add(tx, rows)),
    priceBook,
    clock,
    lastUse: { note: () => {} },
    prepareDay: (day) => partitions.ensure(day, 1),
  })
  const epoch = createUuid(clock.now())
  const send = async (method: string, path: string, body: unknown) =>
    api.request(`/api/v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    })
  const deps = {
    sketches: createSketchStore(database),
    summaries: createSummaryStore(database),
    failures: createFailureStore(database),
    hasUncounted: async () => false,
    clock,
  }
  return {
    clock,
    identity,
    async add(values) {
      const place = { organization_id: organization.id, project_id: project.id, key_id: key?.id ?? "", epoch }
      const records = values.map((own) => {
        const finished_at = own.finished_at ?? clock.now()
        return exampleExchange({ ...place, finished_at }, own)
      })
      await ingest.ingest(exampleBatch(epoch, records))
      return records
    },
    aggregate: () => aggregate(deps),
    patch: async (path, body) => (await send("PATCH", path, body)).status,
    async post<Body>(path: string, body: unknown) {
      const response = await send("POST", path, body)
      return { status: response.status, body: (await response.json()) as Body }
    },
    async get<Body>(path: string) {
      const response = await api.request(`/api/v1/${path}`, { headers: { authorization: `Bearer ${secret}` } })
      return { status: response.status, body: (await response.json()) as Body }
    },
  }
}
