import { createRoute } from "@hono/zod-openapi"
import { AcknowledgeLosses, type PipelineHealthBody } from "@sluice/protocol/api/pipeline-health"
import {
  type AcknowledgementStore,
  boundLosses,
  type EpochStore,
  lossesOf,
  toPipelineHealth,
} from "../../domains/requests/index.ts"
import type { Clock } from "../../platform/clock.ts"
import { type BackupHealth, PipelineHealthSchema, presentPipelineHealth } from "../presenters/pipeline-health.ts"
import { accepts, actorOf, answers, createRoutes, failures, NoQuery, needs } from "../route.ts"

/** What the route of pipeline health takes. */
export interface PipelineHealthRoutesDeps {
  readonly store: EpochStore
  readonly acknowledgements: AcknowledgementStore
  readonly clock: Clock
  /** When this installation's control began to listen for gateways, in milliseconds since 1970. */
  readonly listeningSince: number
  backups(): Promise<BackupHealth>
}

/**
 * `GET pipeline-health` and `POST pipeline-health/acknowledge`: of the whole installation, because gateway processes serve every
 * tenant.
 */
export function pipelineHealthRoutes(deps: PipelineHealthRoutesDeps) {
  const { store, acknowledgements, clock, listeningSince, backups } = deps
  const readHealth = async () => toPipelineHealth(await store.list(), { now: clock.now(), listeningSince })
  const routes = createRoutes()

  routes.openapi(getRoute, async (context) =>
    context.json(presentPipelineHealth(await readHealth(), await acknowledgements.read(), await backups()), 200),
  )

  routes.openapi(acknowledgeRoute, async (context) => {
    const { dropped, lost_to_crash: lostToCrash } = context.req.valid("json")
    const { user, key } = actorOf(context)
    const health = await readHealth()
    const seen = boundLosses({ dropped, lostToCrash }, lossesOf(health))
    const acknowledgement = { ...seen, at: clock.now(), by: user?.name ?? key?.name ?? "" }
    await acknowledgements.write(acknowledgement)
    return context.json(presentPipelineHealth(health, acknowledgement, await backups()), 200)
  })

  return routes
}

const getRoute = createRoute({
  tags: ["Pipeline health"],
  ...needs("pipeline-health:read"),
  method: "get",
  path: "/pipeline-health",
  operationId: "getPipelineHealth",
  summary: "Whether every finished request became a row",
  request: { query: NoQuery },
  responses: {
    200: answers<PipelineHealthBody>(PipelineHealthSchema, "The account of all gateway processes."),
    ...failures(400, 401, 403),
  },
})

const acknowledgeRoute = createRoute({
  tags: ["Pipeline health"],
  ...needs("pipeline-health:acknowledge"),
  method: "post",
  path: "/pipeline-health/acknowledge",
  operationId: "acknowledgeLosses",
  summary: "Says that missing records were seen, up to the counts given",
  request: { query: NoQuery, body: accepts(AcknowledgeLosses) },
  responses: {
    200: answers<PipelineHealthBody>(PipelineHealthSchema, "The account, with the acknowledgement."),
    ...failures(400, 401, 403),
  },
})
