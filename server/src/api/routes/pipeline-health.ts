import { createRoute } from "@hono/zod-openapi"
import type { PipelineHealthBody } from "@sluice/protocol/api/pipeline-health"
import { type EpochStore, toPipelineHealth } from "../../domains/requests/index.ts"
import type { Clock } from "../../platform/clock.ts"
import { PipelineHealthSchema, presentPipelineHealth } from "../presenters/pipeline-health.ts"
import { answers, createRoutes, failures, NoQuery, needs } from "../route.ts"

/** What the route of pipeline health takes. */
export interface PipelineHealthRoutesDeps {
  readonly store: EpochStore
  readonly clock: Clock
  /** When this installation's control began to listen for gateways, in milliseconds since 1970. */
  readonly listeningSince: number
}

/** `GET pipeline-health`: of the whole installation, because gateway processes serve every tenant. */
export function pipelineHealthRoutes({ store, clock, listeningSince }: PipelineHealthRoutesDeps) {
  const routes = createRoutes()
  routes.openapi(getRoute, async (context) => {
    const health = toPipelineHealth(await store.list(), { now: clock.now(), listeningSince })
    return context.json(presentPipelineHealth(health), 200)
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
