import { fileURLToPath } from "node:url"
import { createApi } from "../api/app.ts"
import { createCursors } from "../api/cursor.ts"
import { apiKeyRoutes } from "../api/routes/api-keys.ts"
import { breakdownRoutes } from "../api/routes/breakdowns.ts"
import { credentialRoutes } from "../api/routes/credentials.ts"
import { customModelRoutes } from "../api/routes/custom-models.ts"
import { latencyTargetRoutes } from "../api/routes/latency-target.ts"
import { meRoutes } from "../api/routes/me.ts"
import { modelRoutes } from "../api/routes/models.ts"
import { organizationRoutes } from "../api/routes/organization.ts"
import { overviewRoutes } from "../api/routes/overview.ts"
import { pipelineHealthRoutes } from "../api/routes/pipeline-health.ts"
import { providerRoutes } from "../api/routes/providers.ts"
import { requestRoutes } from "../api/routes/requests.ts"
import { routingRuleRoutes } from "../api/routes/routing-rules.ts"
import { timeseriesRoutes } from "../api/routes/timeseries.ts"
import { createApiServer, readClientAddress } from "../api/server.ts"
import { createStaticFiles } from "../api/static-files.ts"
import { isStoreUnavailable } from "../platform/database/store-unavailable.ts"
import type { HttpServer } from "../platform/http-server.ts"
import { providers } from "../providers/registry.ts"
import type { BackupStatus } from "./backup-schedule.ts"
import type { ControlDomains, DomainDeps } from "./control-domains.ts"
import { readProductVersion } from "./product-version.ts"

/** What the API tells of the installation beside what is stored. */
export interface ApiFacts {
  /** Where applications send LLM requests; asked at each call, because a gateway's port may be known later. */
  gatewayUrl(): string
  /** When this process began to listen for gateways, in milliseconds since 1970. */
  readonly listeningSince: number
  /** How scheduled backups went. */
  backups(): Promise<BackupStatus>
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
    gatewayUrl: facts.gatewayUrl,
    isDemo: config.demo,
    routes: [
      meRoutes({
        closeSession: identity.closeSession,
        facts: () => ({ gatewayUrl: facts.gatewayUrl(), demo: config.demo, version }),
      }),
      apiKeyRoutes({ ...identity, cursors }),
      organizationRoutes(identity),
      credentialRoutes({ ...identity, cursors }),
      providerRoutes({ providers: bodies }),
      customModelRoutes({ models: domains.customModels, cursors }),
      modelRoutes({ store: domains.catalog, cursors, clock }),
      requestRoutes({ store: domains.requests, cursors }),
      routingRuleRoutes({ ...domains.routing, cursors }),
      pipelineHealthRoutes({
        store: domains.epochs,
        acknowledgements: domains.acknowledgements,
        clock,
        listeningSince: facts.listeningSince,
        backups: facts.backups,
      }),
      overviewRoutes({ store: domains.insights.summaries }),
      latencyTargetRoutes({ store: domains.insights.latencyTargets }),
      timeseriesRoutes({ store: domains.insights.timeseries, clock }),
      breakdownRoutes({
        store: domains.insights.breakdowns,
        names: domains.insights.timeseries,
        cursors,
        clock,
      }),
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
