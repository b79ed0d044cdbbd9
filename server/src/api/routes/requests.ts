import { createRoute } from "@hono/zod-openapi"
import type { Page } from "@sluice/protocol/api/common"
import { type RequestBody, RequestsQuery } from "@sluice/protocol/api/requests"

import type { Actor } from "../../domains/identity/index.ts"
import type { RequestScope, RequestStore } from "../../domains/requests/index.ts"
import { notFound } from "../../platform/errors.ts"
import type { Cursors } from "../cursor.ts"
import { presentRequest, RequestSchema } from "../presenters/request.ts"
import { actorOf, answers, createRoutes, failures, idParameter, NoQuery, needs, readId } from "../route.ts"
import { pageSchema } from "../schemas.ts"

/** What the routes of requests take. */
export interface RequestRoutesDeps {
  readonly store: Pick<RequestStore, "list" | "find">
  readonly cursors: Cursors
}

/** `GET requests`, `GET requests/{id}`: those of the caller's project. */
export function requestRoutes({ store, cursors }: RequestRoutesDeps) {
  const routes = createRoutes()

  routes.openapi(listRoute, async (context) => {
    const actor = actorOf(context)
    const { limit, cursor, ...wanted } = context.req.valid("query")
    const filters = {
      feature: wanted.feature ?? null,
      model: wanted.model ?? null,
      provider: wanted.provider ?? null,
      status: wanted.status ?? null,
    }
    const list = `requests:${actor.project.id}:${JSON.stringify(filters)}`
    const after = cursor ? cursors.read(list, cursor) : null
    const page = await store.list(scopeOf(actor), { ...filters, limit, after })
    const last = page.items.at(-1)
    const body: Page<RequestBody> = {
      data: page.items.map(presentRequest),
      next_cursor: page.hasMore && last ? cursors.sign(list, last.id) : null,
      has_more: page.hasMore,
    }
    return context.json(body, 200)
  })

  routes.openapi(getRoute, async (context) => {
    const id = readId("request", context.req.valid("param").id, "request")
    const request = await store.find(scopeOf(actorOf(context)), id)
    if (!request) throw notFound("request")
    return context.json(presentRequest(request), 200)
  })

  return routes
}

const scopeOf = (actor: Actor): RequestScope => ({
  organizationId: actor.organization.id,
  projectId: actor.project.id,
})

const shared = { tags: ["Requests"], ...needs("request:read") }

const listRoute = createRoute({
  ...shared,
  method: "get",
  path: "/requests",
  operationId: "listRequests",
  summary: "The project's finished requests, newest first",
  request: { query: RequestsQuery },
  responses: {
    200: answers<Page<RequestBody>>(pageSchema(RequestSchema), "A page of requests."),
    ...failures(400, 401, 403),
  },
})

const getRoute = createRoute({
  ...shared,
  method: "get",
  path: "/requests/{id}",
  operationId: "getRequest",
  summary: "One finished request",
  request: { query: NoQuery, params: idParameter("request") },
  responses: { 200: answers<RequestBody>(RequestSchema, "The request."), ...failures(400, 401, 403, 404) },
})
