import { createRoute } from "@hono/zod-openapi"
import { type BreakdownSort, type BreakdownsBody, BreakdownsQuery } from "@sluice/protocol/api/breakdowns"
import {
  type BreakdownDeps,
  type BreakdownPosition,
  checkFilters,
  readBreakdown,
  toBreakdownSpan,
} from "../../domains/insights/index.ts"
import type { Clock } from "../../platform/clock.ts"
import type { Cursors } from "../cursor.ts"
import { toSeriesFilters } from "../figure-filters.ts"
import { BreakdownSchema, presentBreakdown } from "../presenters/breakdown.ts"
import { actorOf, answers, createRoutes, failures, needs } from "../route.ts"

/** What the route of breakdowns takes. */
export interface BreakdownRoutesDeps extends BreakdownDeps {
  readonly cursors: Cursors
  readonly clock: Clock
}

/** What a cursor holds: the span of the first page, and where the last one ended. */
interface Place {
  readonly from: number
  readonly to: number
  readonly after: BreakdownPosition
}

/** `GET breakdowns`: the values of a dimension in the caller's project, from the rollups. */
export function breakdownRoutes(deps: BreakdownRoutesDeps) {
  const { cursors, clock } = deps
  const routes = createRoutes()
  routes.openapi(listRoute, async (context) => {
    const { organization, project } = actorOf(context)
    const { limit, cursor, ...wanted } = context.req.valid("query")
    const { dimension, period = null, from, to, sort, ...told } = wanted
    const filters = toSeriesFilters(told)
    checkFilters(dimension, filters)
    const list = `breakdowns:${project.id}:${JSON.stringify(wanted)}`
    const place: Place | null = cursor ? JSON.parse(cursors.read(list, cursor)) : null
    const span = place ?? toBreakdownSpan({ dimension, period, from: toTime(from), to: toTime(to) }, clock)
    const page = await readBreakdown(deps, {
      scope: { organization_id: organization.id, project_id: project.id },
      dimension,
      filters,
      span: { from: span.from, to: span.to },
      sort: sort.replace("-", "") as BreakdownSort,
      descending: sort.startsWith("-"),
      after: place?.after ?? null,
      limit,
    })
    const next = page.next && cursors.sign(list, JSON.stringify({ from: span.from, to: span.to, after: page.next }))
    return context.json(presentBreakdown({ dimension, from: span.from, to: span.to, page, cursor: next }), 200)
  })
  return routes
}

const toTime = (text: string | undefined): number | null => (text === undefined ? null : Date.parse(text))

const listRoute = createRoute({
  tags: ["Figures"],
  ...needs("figures:read"),
  method: "get",
  path: "/breakdowns",
  operationId: "listBreakdown",
  summary: "What each value of a dimension came to in a span of time",
  request: { query: BreakdownsQuery },
  responses: {
    200: answers<BreakdownsBody>(BreakdownSchema, "A page of values."),
    ...failures(400, 401, 403),
  },
})
