import { createHash } from "node:crypto"
import { createApi } from "../api/app.ts"
import { createCursors } from "../api/cursor.ts"
import type { ApiRoutes } from "../api/route.ts"
import { apiKeyRoutes } from "../api/routes/api-keys.ts"
import { credentialRoutes } from "../api/routes/credentials.ts"
import { meRoutes } from "../api/routes/me.ts"
import { organizationRoutes } from "../api/routes/organization.ts"
import { providerRoutes } from "../api/routes/providers.ts"
import type { StaticFiles } from "../api/static-files.ts"
import {
  createIdentityStores,
  type EntitySource,
  type Identity,
  openIdentity,
  type ProbeProvider,
} from "../domains/identity/index.ts"
import { systemRandom } from "../platform/crypto.ts"
import type { Database } from "../platform/database/database.ts"
import { isStoreUnavailable } from "../platform/database/store-unavailable.ts"
import { createLocalKeyWrapper, deriveInstallationKeys } from "../platform/encryption.ts"
import { createLogger } from "../platform/logger.ts"
import { ManualClock } from "./manual-clock.ts"

export { ManualClock } from "./manual-clock.ts"

/** A master key for tests, always the same for one name. */
export const testMasterKey = (name = "test"): Buffer => createHash("sha256").update(name).digest()

/** What a test may choose. */
export interface TestIdentityOptions {
  readonly bootstrapKey?: string
  readonly environmentCredentials?: Parameters<typeof openIdentity>[0]["environmentCredentials"]
  readonly masterKey?: Buffer
  readonly clock?: ManualClock
  readonly probeProvider?: ProbeProvider
  readonly entitySources?: readonly EntitySource[]
  readonly loadOtherEntities?: Parameters<typeof openIdentity>[0]["loadOtherEntities"]
}

/** The identity domain over a test's database, with everything it logs. */
export interface TestIdentity {
  readonly identity: Identity
  readonly clock: ManualClock
  readonly keys: ReturnType<typeof deriveInstallationKeys>
  readonly logged: string[]
  readonly log: ReturnType<typeof createLogger>
}

/** Opens identity as `control` does, with a clock the test moves. */
export async function openTestIdentity(database: Database, options: TestIdentityOptions = {}): Promise<TestIdentity> {
  const masterKey = options.masterKey ?? testMasterKey()
  const keys = deriveInstallationKeys(masterKey, null)
  const clock = options.clock ?? new ManualClock()
  const logged: string[] = []
  const log = createLogger({ level: "trace", process: "test", destination: { write: (line) => logged.push(line) } })
  const identity = await openIdentity({
    stores: createIdentityStores(database),
    wrapper: createLocalKeyWrapper(masterKey),
    keys,
    clock,
    random: systemRandom,
    log,
    probeProvider: options.probeProvider ?? (async () => ({ status: 200, latencyMs: 12.34, message: "reached" })),
    bootstrapKey: options.bootstrapKey ?? null,
    environmentCredentials: options.environmentCredentials ?? [],
    allowPrivateUpstreams: true,
    entitySources: options.entitySources ?? [],
    loadOtherEntities: options.loadOtherEntities ?? (async () => []),
  })
  return { identity, clock, keys, logged, log }
}

/** How a test reaches the API. */
export interface TestApiOptions {
  readonly publicUrl?: string
  readonly boundTo?: string
  readonly dashboard?: StaticFiles
  readonly moreRoutes?: readonly ApiRoutes[]
}

/** The management API over an opened identity; `app.request(path, init)` calls it. */
export function createTestApi({ identity, clock, keys, log }: TestIdentity, options: TestApiOptions = {}): ApiRoutes {
  const cursors = createCursors(keys.cursors)
  const facts = () => ({ gatewayUrl: "http://127.0.0.1:8484", demo: false, version: "0.1.0" })
  return createApi({
    ...identity,
    routes: [
      apiKeyRoutes({ ...identity, cursors }),
      organizationRoutes(identity),
      credentialRoutes({ ...identity, cursors }),
      meRoutes({ ...identity, facts }),
      providerRoutes({
        providers: [{ name: "groq", title: "Groq", protocol: "openai", base_url: "https://api.groq.com/openai" }],
      }),
      ...(options.moreRoutes ?? []),
    ],
    clock,
    log,
    version: "0.1.0",
    boundTo: options.boundTo ?? "127.0.0.1",
    publicUrl: options.publicUrl ?? null,
    gatewayUrl: () => "http://127.0.0.1:8484",
    isDemo: false,
    dashboard: options.dashboard ?? null,
    clientAddress: () => "203.0.113.9",
    isStoreUnavailable,
    notReadyReason: async () => null,
  })
}
