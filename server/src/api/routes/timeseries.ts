import { createRoute } from "@hono/zod-openapi"
import { type TimeseriesBody, TimeseriesQuery } from "@sluice/protocol/api/timeseries"
import { readTimeseries, type TimeseriesDeps } from "../../domains/insights/index.ts"
import { toSeriesFilters } from "../figure-filters.ts"
import { presentTimeseries, TimeseriesSchema } from "../presenters/timeseries.ts"
import { actorOf, answers, createRoutes, failures, needs } from "../route.ts"

/** `GET timeseries`: charts of the caller's project, from the rollups. */
export function timeseriesRoutes(deps: TimeseriesDeps) {
  const routes = createRoutes()
  routes.openapi(getRoute, async (context) => {
    const { organization, project } = actorOf(context)
    const { metric, from, to, step, group_by, groups, ...filters } = context.req.valid("query")
    const timeseries = await readTimeseries(deps, {
      scope: { organization_id: organization.id, project_id: project.id },
      metric,
      from: Date.parse(from),
      to: Date.parse(to),
      step: step ?? null,
      groupBy: group_by ?? null,
      groups,
      filters: toSeriesFilters(filters),
    })
    return context.json(presentTimeseries(timeseries), 200)
  })
  return routes
}

const getRoute = createRoute({
  tags: ["Figures"],
  ...needs("figures:read"),
  method: "get",
  path: "/timeseries",
  operationId: "getTimeseries",
  summary: "A metric over time, as one line or one for each value of a dimension",
  request: { query: TimeseriesQuery },
  responses: {
    200: answers<TimeseriesBody>(TimeseriesSchema, "The lines of a chart."),
    ...failures(400, 401, 403),
  },
})
