import { createRoute } from "@hono/zod-openapi"
import { ChangeLatencyTarget, type LatencyTargetBody } from "@sluice/protocol/api/latency-target"
import { idPrefixes, toPublicId } from "@sluice/protocol/ids"
import { z } from "zod"
import type { LatencyTargetStore } from "../../domains/insights/index.ts"
import { accepts, actorOf, answers, createRoutes, failures, NoQuery, needs } from "../route.ts"
import { idSchema } from "../schemas.ts"

/** What the routes of the latency target take. */
export interface LatencyTargetRoutesDeps {
  readonly store: LatencyTargetStore
}

/** The target in answers. */
export const LatencyTargetSchema = z
  .strictObject({
    organization_id: idSchema(idPrefixes.organization),
    latency_target_ms: z.number().int().min(1).nullable(),
  })
  .meta({ id: "LatencyTarget" })

/** `GET|PATCH organization/latency-target`. */
export function latencyTargetRoutes({ store }: LatencyTargetRoutesDeps) {
  const routes = createRoutes()

  routes.openapi(readRoute, async (context) => {
    const { id } = actorOf(context).organization
    return context.json(present(id, await store.read(id)), 200)
  })

  routes.openapi(changeRoute, async (context) => {
    const { id } = actorOf(context).organization
    const { latency_target_ms } = context.req.valid("json")
    await store.write(id, latency_target_ms)
    return context.json(present(id, latency_target_ms), 200)
  })

  return routes
}

const present = (organizationId: string, targetMs: number | null): LatencyTargetBody => ({
  organization_id: toPublicId("organization", organizationId),
  latency_target_ms: targetMs,
})

const shared = { tags: ["Organization"], path: "/organization/latency-target" }

const readRoute = createRoute({
  ...shared,
  ...needs("figures:read"),
  method: "get",
  operationId: "getLatencyTarget",
  summary: "What 95 of 100 requests should not take longer than",
  request: { query: NoQuery },
  responses: {
    200: answers<LatencyTargetBody>(LatencyTargetSchema, "The target."),
    ...failures(400, 401, 403),
  },
})

const changeRoute = createRoute({
  ...shared,
  ...needs("latency-target:write"),
  method: "patch",
  operationId: "changeLatencyTarget",
  summary: "Sets or removes the target; the Overview follows within a minute",
  request: { query: NoQuery, body: accepts(ChangeLatencyTarget) },
  responses: {
    200: answers<LatencyTargetBody>(LatencyTargetSchema, "The target as it is now."),
    ...failures(400, 401, 403),
  },
})
