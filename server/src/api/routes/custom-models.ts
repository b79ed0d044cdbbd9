import { createRoute } from "@hono/zod-openapi"
import { type Page, PageQuery } from "@sluice/protocol/api/common"
import {
  CreateCustomModel,
  type CustomModelBody,
  type CustomModelTestBody,
  UpdateCustomModel,
} from "@sluice/protocol/api/custom-models"
import type { CustomModel, CustomModels } from "../../domains/catalog/index.ts"
import type { Cursors } from "../cursor.ts"
import { matchesEntityTag, toEntityTag } from "../entity-tag.ts"
import { IfMatch } from "../if-match.ts"
import {
  CustomModelSchema,
  CustomModelTestSchema,
  presentCustomModel,
  presentModelProbe,
} from "../presenters/custom-model.ts"
import {
  type ApiContext,
  accepts,
  actorOf,
  answers,
  createRoutes,
  failures,
  idParameter,
  NoQuery,
  needs,
  readId,
} from "../route.ts"
import { pageSchema } from "../schemas.ts"

/** Longest wait for a model's answer to a test, in milliseconds: a cold one may load its weights first. */
const testDeadlineMs = 30_000

/** What the routes of custom models take: verbs of the catalog domain, with their dependencies filled in. */
export interface CustomModelRoutesDeps {
  readonly models: CustomModels
  readonly cursors: Cursors
}

/** `GET|POST models/custom`, `GET|PATCH|DELETE models/custom/{id}`, `POST models/custom/{id}/test`. */
export function customModelRoutes({ models, cursors }: CustomModelRoutesDeps) {
  const routes = createRoutes()

  routes.openapi(listRoute, async (context) => {
    const actor = actorOf(context)
    const { limit, cursor } = context.req.valid("query")
    const list = `custom-models:${actor.project.id}`
    const page = await models.list(actor, { limit, after: cursor ? cursors.read(list, cursor) : null })
    const last = page.items.at(-1)
    const body: Page<CustomModelBody> = {
      data: page.items.map(presentCustomModel),
      next_cursor: page.hasMore && last ? cursors.sign(list, last.id) : null,
      has_more: page.hasMore,
    }
    return context.json(body, 200)
  })

  routes.openapi(createCustomModelRoute, async (context) => {
    const model = await models.create(actorOf(context), context.req.valid("json"))
    return context.json(presentTagged(context, model), 201)
  })

  routes.openapi(getRoute, async (context) => {
    const model = await models.get(actorOf(context), idOf(context.req.valid("param").id))
    return context.json(presentTagged(context, model), 200)
  })

  routes.openapi(updateRoute, async (context) => {
    const change = { id: idOf(context.req.valid("param").id), values: context.req.valid("json") }
    const model = await models.update(actorOf(context), { ...change, expects: expectation(context) })
    return context.json(presentTagged(context, model), 200)
  })

  routes.openapi(deleteRoute, async (context) => {
    const id = idOf(context.req.valid("param").id)
    await models.delete(actorOf(context), { id, expects: expectation(context) })
    return context.body(null, 204)
  })

  routes.openapi(testRoute, async (context) => {
    const id = idOf(context.req.valid("param").id)
    const signal = AbortSignal.any([context.req.raw.signal, AbortSignal.timeout(testDeadlineMs)])
    return context.json(presentModelProbe(await models.test(actorOf(context), { id, signal })), 200)
  })

  return routes
}

const idOf = (id: string): string => readId("customModel", id, "custom model")

/** Every answer with one model names its state. */
function presentTagged(context: ApiContext, model: CustomModel): CustomModelBody {
  context.header("etag", toEntityTag(model.revision))
  return presentCustomModel(model)
}

const expectation = (context: ApiContext) => (revision: number) =>
  matchesEntityTag(context.req.header("if-match"), revision)

const shared = { tags: ["Custom models"] }

const listRoute = createRoute({
  ...shared,
  ...needs("custom-model:read"),
  method: "get",
  path: "/models/custom",
  operationId: "listCustomModels",
  summary: "The models that the project brings along, newest first",
  request: { query: PageQuery },
  responses: {
    200: answers<Page<CustomModelBody>>(pageSchema(CustomModelSchema), "A page of custom models."),
    ...failures(400, 401, 403),
  },
})

const createCustomModelRoute = createRoute({
  ...shared,
  ...needs("custom-model:write"),
  method: "post",
  path: "/models/custom",
  operationId: "createCustomModel",
  summary: "Registers a model under a name of the project's own, with its server and its price",
  request: { query: NoQuery, body: accepts(CreateCustomModel) },
  responses: {
    201: answers<CustomModelBody>(CustomModelSchema, "It can be called within a second."),
    ...failures(400, 401, 403, 409),
  },
})

const getRoute = createRoute({
  ...shared,
  ...needs("custom-model:read"),
  method: "get",
  path: "/models/custom/{id}",
  operationId: "getCustomModel",
  summary: "One custom model",
  request: { query: NoQuery, params: idParameter("customModel") },
  responses: {
    200: answers<CustomModelBody>(CustomModelSchema, "The model; `ETag` names this state of it."),
    ...failures(400, 401, 403, 404),
  },
})

const updateRoute = createRoute({
  ...shared,
  ...needs("custom-model:write"),
  method: "patch",
  path: "/models/custom/{id}",
  operationId: "updateCustomModel",
  summary: "Changes a custom model; what is absent stays, and a new price holds from now on",
  request: { query: NoQuery, params: idParameter("customModel"), headers: IfMatch, body: accepts(UpdateCustomModel) },
  responses: {
    200: answers<CustomModelBody>(CustomModelSchema, "It is changed."),
    ...failures(400, 401, 403, 404, 409, 412),
  },
})

const deleteRoute = createRoute({
  ...shared,
  ...needs("custom-model:write"),
  method: "delete",
  path: "/models/custom/{id}",
  operationId: "deleteCustomModel",
  summary: "Deletes a custom model; its requests and their costs stay",
  request: { query: NoQuery, params: idParameter("customModel"), headers: IfMatch },
  responses: { 204: { description: "It is deleted." }, ...failures(400, 401, 403, 404, 412) },
})

const testRoute = createRoute({
  ...shared,
  ...needs("custom-model:test"),
  method: "post",
  path: "/models/custom/{id}/test",
  operationId: "testCustomModel",
  summary: "Asks a custom model for a word and says what came of it, and what to mend",
  request: { query: NoQuery, params: idParameter("customModel") },
  responses: {
    200: answers<CustomModelTestBody>(CustomModelTestSchema, "What its server said."),
    ...failures(400, 401, 403, 404),
  },
})
