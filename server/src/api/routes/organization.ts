import { createRoute } from "@hono/zod-openapi"
import type { OrganizationLimitsBody } from "@sluice/protocol/api/organization"
import { toPublicId } from "@sluice/protocol/ids"
import { type Limits, LimitsChange } from "@sluice/protocol/limits"
import type { Identity } from "../../domains/identity/index.ts"
import { matchesEntityTag, toEntityTag, toStateName } from "../entity-tag.ts"
import { IfMatch } from "../if-match.ts"
import { OrganizationLimitsSchema } from "../presenters/limits.ts"
import { type ApiContext, accepts, actorOf, answers, createRoutes, failures, NoQuery, needs } from "../route.ts"

/** What the routes of the caller's organization take. */
export type OrganizationRoutesDeps = Pick<Identity, "readOrganizationLimits" | "changeOrganizationLimits">

/** `GET|PATCH organization/limits`. */
export function organizationRoutes(deps: OrganizationRoutesDeps) {
  const routes = createRoutes()

  routes.openapi(readRoute, async (context) => {
    return context.json(presentTagged(context, await deps.readOrganizationLimits(actorOf(context))), 200)
  })

  routes.openapi(changeRoute, async (context) => {
    const expects = (before: Limits) => matchesEntityTag(context.req.header("if-match"), toStateName([before]))
    const change = { values: context.req.valid("json"), expects }
    return context.json(presentTagged(context, await deps.changeOrganizationLimits(actorOf(context), change)), 200)
  })

  return routes
}

/** The limits; every answer with them names their state. */
function presentTagged(context: ApiContext, limits: Limits): OrganizationLimitsBody {
  context.header("etag", toEntityTag(toStateName([limits])))
  return { organization_id: toPublicId("organization", actorOf(context).organization.id), limits }
}

const shared = { tags: ["Organization"], path: "/organization/limits" }

const readRoute = createRoute({
  ...shared,
  ...needs("organization-limits:read"),
  method: "get",
  operationId: "getOrganizationLimits",
  summary: "What the organization may use, all its keys together",
  request: { query: NoQuery },
  responses: {
    200: answers<OrganizationLimitsBody>(OrganizationLimitsSchema, "The limits; `ETag` names this state of them."),
    ...failures(400, 401, 403),
  },
})

const changeRoute = createRoute({
  ...shared,
  ...needs("organization-limits:write"),
  method: "patch",
  operationId: "changeOrganizationLimits",
  summary: "Changes some of these limits, in force everywhere in less than a second",
  request: { query: NoQuery, headers: IfMatch, body: accepts(LimitsChange) },
  responses: {
    200: answers<OrganizationLimitsBody>(OrganizationLimitsSchema, "The limits as they are now."),
    ...failures(400, 401, 403, 412),
  },
})
