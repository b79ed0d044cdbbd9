import type { DrainAck, DrainBatch } from "@sluice/protocol/drain"
import { type ProviderName, providerNames } from "@sluice/protocol/providers"
import type { ProviderEntity } from "@sluice/protocol/snapshot"
import type { Config } from "../config.ts"
import {
  buildCatalogEntity,
  buildCustomModelEntities,
  type CatalogStore,
  type CustomModelStore,
  type CustomModels,
  createCatalogStore,
  createCustomModelStore,
  createCustomModels,
  createPriceBook,
  importPrices,
  type PriceBook,
} from "../domains/catalog/index.ts"
import { createIdentityStores, type Identity, openIdentity, recordSnapshotChange } from "../domains/identity/index.ts"
import { createRollupStore, foundCost } from "../domains/insights/index.ts"
import {
  type AcknowledgementStore,
  createAcknowledgementStore,
  createEpochStore,
  createExchangeStore,
  createIngest,
  createLastUse,
  createLastUseStore,
  createPartitionStore,
  createRepricing,
  createRequestStore,
  createUncountedStore,
  createUnpricedStore,
  type EpochStore,
  type LastUse,
  type PartitionStore,
  preparePartitions,
  type Repricing,
  type RequestStore,
  type UncountedStore,
} from "../domains/requests/index.ts"
import {
  buildRuleEntities,
  createKnowRoutes,
  createRouting,
  createRoutingRuleStore,
  type Routing,
  type RoutingRuleStore,
} from "../domains/routing/index.ts"
import type { Clock } from "../platform/clock.ts"
import { systemRandom } from "../platform/crypto.ts"
import type { Database } from "../platform/database/database.ts"
import { createLocalKeyWrapper } from "../platform/encryption.ts"
import type { Logger } from "../platform/logger.ts"
import { providers } from "../providers/registry.ts"
import type { Keys } from "./control-address.ts"
import { type ControlInsights, openInsights } from "./control-insights.ts"
import { createModelProbe } from "./probe-model.ts"
import { createProbe, type ProbeOptions } from "./probe-provider.ts"

/** What the domains are composed from. */
export interface DomainDeps {
  readonly config: Config
  readonly keys: Keys
  readonly database: Database
  readonly clock: Clock
  readonly log: Logger
}

/** The cold side's domains over one database, opened: what the API and the jobs are made of. */
export interface ControlDomains {
  readonly identity: Identity
  readonly catalog: CatalogStore
  readonly customModels: CustomModels
  readonly priceBook: PriceBook
  readonly requests: RequestStore
  readonly routing: Routing
  readonly epochs: EpochStore
  readonly acknowledgements: AcknowledgementStore
  readonly partitions: PartitionStore
  readonly repricing: Repricing
  /** Requests of a version that kept no figures. */
  readonly uncounted: UncountedStore
  readonly lastUse: LastUse
  readonly insights: ControlInsights
  ingest(batch: DrainBatch): Promise<DrainAck>
  /** Brings the catalog to what this edition of the prices says. */
  importPrices(): Promise<void>
}

/**
 * Brings the database to what this version expects, makes what a first start makes, and loads prices and the snapshot.
 * @throws MasterKeyError, or what `isStoreUnavailable` recognises
 */
export async function openDomains(deps: DomainDeps): Promise<ControlDomains> {
  const { database, clock, log } = deps
  const catalog = createCatalogStore(database)
  const partitions = createPartitionStore(database)
  const announce = (tx: Parameters<typeof recordSnapshotChange>[0]) => recordSnapshotChange(tx, "catalog", "catalog")
  const importAll = async () => {
    const { version, opened, closed } = await importPrices({ store: catalog, clock, announce })
    if (opened + closed > 0) log.debug({ version, opened, closed }, "prices were imported")
  }
  await importAll()
  await preparePartitions({ store: partitions, clock })
  const priceBook = createPriceBook({ load: () => catalog.load(), clock })
  await priceBook.refresh()
  const rules = createRoutingRuleStore(database)
  const customModels = createCustomModelStore(database)
  const identity = await openIdentityDomain(deps, { catalog, rules, customModels, priceBook })
  const lastUse = createLastUse(createLastUseStore(database))
  const rollups = createRollupStore()
  const { ingest } = createIngest({
    store: createExchangeStore(database, (tx, rows) => rollups.add(tx, rows)),
    priceBook,
    clock,
    lastUse,
    prepareDay: (day) => partitions.ensure(day, 1),
  })
  const requests = createRequestStore(database)
  const uncounted = createUncountedStore(database, (tx, rows) => rollups.add(tx, rows))
  return {
    identity,
    catalog,
    customModels: createCustomModels({
      ...identity,
      store: customModels,
      clock,
      allowPrivateUpstreams: deps.config.allowPrivateUpstreams,
      probeModel: createModelProbe(toProbeOptions(deps)),
      changed: () => identity.hub.wake(),
    }),
    priceBook,
    requests,
    routing: createRouting({
      store: rules,
      clock,
      random: Math.random,
      changed: () => identity.hub.wake(),
      know: createKnowRoutes({ hub: identity.hub, protocolOf: (name) => providers[name].protocol }),
      reckon: (exchange) => priceBook.reckon(exchange),
      recentRequests: (place, limit) => requests.listRecorded(place, limit),
    }),
    epochs: createEpochStore(database),
    acknowledgements: createAcknowledgementStore(database),
    partitions,
    repricing: createRepricing({
      store: createUnpricedStore(database, (tx, rows) => rollups.add(tx, rows, foundCost)),
      priceBook,
      clock,
    }),
    uncounted,
    lastUse,
    insights: openInsights({ database, clock, uncounted }),
    ingest,
    importPrices: importAll,
  }
}

/** What other domains tell gateways of. */
interface ToldToGateways {
  readonly catalog: CatalogStore
  readonly rules: RoutingRuleStore
  readonly customModels: CustomModelStore
  readonly priceBook: PriceBook
}

function openIdentityDomain(deps: DomainDeps, told: ToldToGateways): Promise<Identity> {
  const { config, keys, database, clock, log } = deps
  const { catalog, rules, customModels, priceBook } = told
  const overrides = toProviderEntities(config.providerBaseUrls)
  return openIdentity({
    stores: createIdentityStores(database),
    wrapper: createLocalKeyWrapper(keys.masterKey),
    keys,
    clock,
    random: systemRandom,
    log,
    probeProvider: createProbe(toProbeOptions(deps)),
    bootstrapKey: config.bootstrapKey,
    isDemo: config.demo,
    environmentCredentials: config.environmentCredentials,
    allowPrivateUpstreams: config.allowPrivateUpstreams,
    entitySources: [
      { kind: "rule", load: async (ids) => buildRuleEntities(await rules.loadEnabled(ids)) },
      {
        kind: "custom_model",
        async load(ids) {
          // Before any gateway knows of it, so that its first request already finds its price.
          if (ids) await priceBook.refresh()
          return buildCustomModelEntities(await customModels.loadAll(ids))
        },
      },
    ],
    loadOtherEntities: async () => [await buildCatalogEntity(catalog), ...overrides],
  })
}

const toProbeOptions = ({ config, clock }: DomainDeps): ProbeOptions => ({
  clock,
  connectTimeoutMs: config.timeouts.connectMs,
  allowPrivate: config.allowPrivateUpstreams,
  baseUrls: config.providerBaseUrls,
})

function toProviderEntities(baseUrls: Readonly<Partial<Record<ProviderName, string>>>): ProviderEntity[] {
  return providerNames.flatMap((id) => {
    const base_url = baseUrls[id]
    return base_url ? [{ kind: "provider", id, base_url }] : []
  })
}
