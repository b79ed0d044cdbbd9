import { createRoute } from "@hono/zod-openapi"
import { type OverviewBody, OverviewQuery } from "@sluice/protocol/api/overview"
import { isAllowed } from "../../domains/identity/index.ts"
import type { Summary, SummaryStore } from "../../domains/insights/index.ts"
import { permissions } from "../permissions.ts"
import { OverviewSchema, presentOverview } from "../presenters/overview.ts"
import { actorOf, answers, createRoutes, failures, needs } from "../route.ts"

/** What the route of the Overview takes. */
export interface OverviewRoutesDeps {
  readonly store: Pick<SummaryStore, "find">
}

/** `GET overview`: one row, reckoned beforehand. */
export function overviewRoutes({ store }: OverviewRoutesDeps) {
  const routes = createRoutes()
  routes.openapi(getRoute, async (context) => {
    const actor = actorOf(context)
    const { period } = context.req.valid("query")
    const scope = { organization_id: actor.organization.id, project_id: actor.project.id }
    const summary = await store.find(scope, period)
    const shown = isAllowed(actor, permissions["request:read"]) ? summary : withoutRequests(summary)
    return context.json(presentOverview(period, shown), 200)
  })
  return routes
}

/** Who may see figures and no request sees no failure in particular. */
const withoutRequests = (summary: Summary | null): Summary | null => summary && { ...summary, recent_failures: [] }

const getRoute = createRoute({
  tags: ["Figures"],
  ...needs("figures:read"),
  method: "get",
  path: "/overview",
  operationId: "getOverview",
  summary: "What the project did in a period, against the one before",
  request: { query: OverviewQuery },
  responses: {
    200: answers<OverviewBody>(OverviewSchema, "The summary, or why there is none yet."),
    ...failures(400, 401, 403),
  },
})
