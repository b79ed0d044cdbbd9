import { createRoute } from "@hono/zod-openapi"
import { type Page, PageQuery } from "@sluice/protocol/api/common"
import type { ModelBody } from "@sluice/protocol/api/models"
import { providerNames } from "@sluice/protocol/providers"
import { z } from "zod"
import type { CatalogStore, ModelPosition } from "../../domains/catalog/index.ts"
import type { Clock } from "../../platform/clock.ts"
import type { Cursors } from "../cursor.ts"
import { ModelSchema, presentModel } from "../presenters/model.ts"
import { actorOf, answers, createRoutes, failures, needs } from "../route.ts"
import { pageSchema } from "../schemas.ts"

/** What the route of models takes. */
export interface ModelRoutesDeps {
  readonly store: Pick<CatalogStore, "listPriced">
  readonly cursors: Cursors
  readonly clock: Clock
}

const ModelsQuery = PageQuery.extend({ provider: z.enum(providerNames).optional() })

/** `GET models`: the catalog with what the caller's organization pays now. */
export function modelRoutes({ store, cursors, clock }: ModelRoutesDeps) {
  const routes = createRoutes()
  routes.openapi(listRoute, async (context) => {
    const organizationId = actorOf(context).organization.id
    const { limit, cursor, provider = null } = context.req.valid("query")
    const list = `models:${organizationId}:${provider ?? ""}`
    const after = cursor ? toPosition(cursors.read(list, cursor)) : null
    const found = await store.listPriced({ organizationId, provider, after, limit, at: clock.now() })
    const models = found.slice(0, limit)
    const last = models.at(-1)
    const hasMore = found.length > limit
    const body: Page<ModelBody> = {
      data: models.map(presentModel),
      next_cursor: hasMore && last ? cursors.sign(list, `${last.provider} ${last.name}`) : null,
      has_more: hasMore,
    }
    return context.json(body, 200)
  })
  return routes
}

/** A provider's name has no space. */
function toPosition(position: string): ModelPosition {
  const space = position.indexOf(" ")
  return { provider: position.slice(0, space), name: position.slice(space + 1) }
}

const listRoute = createRoute({
  tags: ["Models"],
  ...needs("model:read"),
  method: "get",
  path: "/models",
  operationId: "listModels",
  summary: "The catalog with current prices, by provider and name",
  request: { query: ModelsQuery },
  responses: {
    200: answers<Page<ModelBody>>(pageSchema(ModelSchema), "A page of models."),
    ...failures(400, 401, 403),
  },
})
