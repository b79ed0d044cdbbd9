import { fileURLToPath } from "node:url"
import { createApi } from "../api/app.ts"
import { createCursors } from "../api/cursor.ts"
import { apiKeyRoutes } from "../api/routes/api-keys.ts"
import { credentialRoutes } from "../api/routes/credentials.ts"
import { meRoutes } from "../api/routes/me.ts"
import { modelRoutes } from "../api/routes/models.ts"
import { pipelineHealthRoutes } from "../api/routes/pipeline-health.ts"
import { providerRoutes } from "../api/routes/providers.ts"
import { requestRoutes } from "../api/routes/requests.ts"
import { createApiServer, readClientAddress } from "../api/server.ts"
import { createStaticFiles } from "../api/static-files.ts"
import { isStoreUnavailable } from "../platform/database/store-unavailable.ts"
import type { HttpServer } from "../platform/http-server.ts"
import { providers } from "../providers/registry.ts"
import type { ControlDomains, DomainDeps } from "./control-domains.ts"
import { readProductVersion } from "./product-version.ts"

/** What the API tells of the installation beside what is stored. */
export interface ApiFacts {
  /** Where applications send LLM requests; asked at each call, because a gateway's port may be known later. */
  gatewayUrl(): string
  /** When this process began to listen for gateways, in milliseconds since 1970. */
  readonly listeningSince: number
}

/** The management API and the dashboard over the domains; it listens through `ApiServer`. */
export function createApplication(deps: DomainDeps, domains: ControlDomains, facts: ApiFacts): HttpServer {
  const { config, keys, clock, log, database } = deps
  const { identity } = domains
  const version = readProductVersion()
  const cursors = createCursors(keys.cursors)
  const bodies = Object.values(providers).map(({ name, title, protocol, baseUrl }) => ({
    name,
    title,
    protocol,
    base_url: config.providerBaseUrls[name] ?? baseUrl,
  }))
  const app = createApi({
    authenticateKey: identity.authenticateKey,
    authenticateSession: identity.authenticateSession,
    consumeOwnerLink: identity.consumeOwnerLink,
    closeSession: identity.closeSession,
    clientAddress: readClientAddress(config.trustedProxies),
    routes: [
      meRoutes({
        closeSession: identity.closeSession,
        facts: () => ({ gatewayUrl: facts.gatewayUrl(), demo: config.demo, version }),
      }),
      apiKeyRoutes({ ...identity, cursors }),
      credentialRoutes({ ...identity, cursors }),
      providerRoutes({ providers: bodies }),
      modelRoutes({ store: domains.catalog, cursors, clock }),
      requestRoutes({ store: domains.requests, cursors }),
      pipelineHealthRoutes({ store: domains.epochs, clock, listeningSince: facts.listeningSince }),
    ],
    clock,
    log,
    version,
    boundTo: config.host,
    publicUrl: config.publicUrl,
    dashboard: createStaticFiles(fileURLToPath(new URL("../../dashboard/dist", import.meta.url))),
    isStoreUnavailable,
    notReadyReason: async () => {
      try {
        await database.ping()
        return null
      } catch {
        return "the database cannot be reached"
      }
    },
  })
  return createApiServer(app, null)
}
