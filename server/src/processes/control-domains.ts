import type { DrainAck, DrainBatch } from "@sluice/protocol/drain"
import { type ProviderName, providerNames } from "@sluice/protocol/providers"
import type { ProviderEntity } from "@sluice/protocol/snapshot"
import type { Config } from "../config.ts"
import {
  buildCatalogEntity,
  type CatalogStore,
  createCatalogStore,
  createPriceBook,
  importPrices,
  type PriceBook,
} from "../domains/catalog/index.ts"
import { createIdentityStores, type Identity, openIdentity, recordSnapshotChange } from "../domains/identity/index.ts"
import {
  createEpochStore,
  createExchangeStore,
  createIngest,
  createLastUse,
  createLastUseStore,
  createPartitionStore,
  createRepricing,
  createRequestStore,
  createUnpricedStore,
  type EpochStore,
  type LastUse,
  type PartitionStore,
  preparePartitions,
  type Repricing,
  type RequestStore,
} from "../domains/requests/index.ts"
import type { Clock } from "../platform/clock.ts"
import { systemRandom } from "../platform/crypto.ts"
import type { Database } from "../platform/database/database.ts"
import { createLocalKeyWrapper } from "../platform/encryption.ts"
import type { Logger } from "../platform/logger.ts"
import type { Keys } from "./control-address.ts"
import { createProbe } from "./probe-provider.ts"

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
  readonly priceBook: PriceBook
  readonly requests: RequestStore
  readonly epochs: EpochStore
  readonly partitions: PartitionStore
  readonly repricing: Repricing
  readonly lastUse: LastUse
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
  const identity = await openIdentityDomain(deps, catalog)
  const lastUse = createLastUse(createLastUseStore(database))
  const { ingest } = createIngest({
    store: createExchangeStore(database),
    priceBook,
    clock,
    lastUse,
    prepareDay: (day) => partitions.ensure(day, 1),
  })
  return {
    identity,
    catalog,
    priceBook,
    requests: createRequestStore(database),
    epochs: createEpochStore(database),
    partitions,
    repricing: createRepricing({ store: createUnpricedStore(database), priceBook, clock }),
    lastUse,
    ingest,
    importPrices: importAll,
  }
}

function openIdentityDomain(
  { config, keys, database, clock, log }: DomainDeps,
  catalog: CatalogStore,
): Promise<Identity> {
  const overrides = toProviderEntities(config.providerBaseUrls)
  return openIdentity({
    stores: createIdentityStores(database),
    wrapper: createLocalKeyWrapper(keys.masterKey),
    keys,
    clock,
    random: systemRandom,
    log,
    probeProvider: createProbe({
      clock,
      connectTimeoutMs: config.timeouts.connectMs,
      allowPrivate: config.allowPrivateUpstreams,
      baseUrls: config.providerBaseUrls,
    }),
    bootstrapKey: config.bootstrapKey,
    environmentCredentials: config.environmentCredentials,
    allowPrivateUpstreams: config.allowPrivateUpstreams,
    loadOtherEntities: async () => [await buildCatalogEntity(catalog), ...overrides],
  })
}

function toProviderEntities(baseUrls: Readonly<Partial<Record<ProviderName, string>>>): ProviderEntity[] {
  return providerNames.flatMap((id) => {
    const base_url = baseUrls[id]
    return base_url ? [{ kind: "provider", id, base_url }] : []
  })
}
