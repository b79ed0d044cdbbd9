import { createRoute } from "@hono/zod-openapi"
import { type ApiKeyBody, CreateApiKey, type CreatedApiKeyBody, UpdateApiKey } from "@sluice/protocol/api/api-keys"
import { type Page, PageQuery } from "@sluice/protocol/api/common"
import type { Actor, ApiKey, ApiKeyChange, CreatedApiKey, ListPage } from "../../domains/identity/index.ts"
import type { Cursors } from "../cursor.ts"
import { matchesEntityTag, toEntityTag, toStateName } from "../entity-tag.ts"
import { IfMatch } from "../if-match.ts"
import { ApiKeySchema, CreatedApiKeySchema, presentApiKey } from "../presenters/api-key.ts"
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

/** What the routes of API keys take: verbs of the identity domain, with their dependencies filled in. */
export interface ApiKeyRoutesDeps {
  readonly cursors: Cursors
  /** Newest first; `after` is the id of the last key already seen. */
  listApiKeys(actor: Actor, page: { readonly limit: number; readonly after: string | null }): Promise<ListPage<ApiKey>>
  createApiKey(actor: Actor, wanted: CreateApiKey): Promise<CreatedApiKey>
  /** @throws ApiError `not_found` */
  getApiKey(actor: Actor, id: string): Promise<ApiKey>
  /** @throws ApiError `not_found`, `precondition_failed` */
  updateApiKey(actor: Actor, change: ApiKeyChange): Promise<ApiKey>
  /** @throws ApiError `not_found` */
  revokeApiKey(actor: Actor, id: string): Promise<void>
}

/** `GET|POST api-keys`, `GET|PATCH|DELETE api-keys/{id}`. */
export function apiKeyRoutes(deps: ApiKeyRoutesDeps) {
  const { cursors, listApiKeys, getApiKey, createApiKey, updateApiKey, revokeApiKey } = deps
  const routes = createRoutes()

  routes.openapi(listRoute, async (context) => {
    const actor = actorOf(context)
    const { limit, cursor } = context.req.valid("query")
    const list = `api-keys:${actor.project.id}`
    const page = await listApiKeys(actor, { limit, after: cursor ? cursors.read(list, cursor) : null })
    const last = page.items.at(-1)
    const body: Page<ApiKeyBody> = {
      data: page.items.map(presentApiKey),
      next_cursor: page.hasMore && last ? cursors.sign(list, last.id) : null,
      has_more: page.hasMore,
    }
    return context.json(body, 200)
  })

  routes.openapi(createApiKeyRoute, async (context) => {
    const { key, secret } = await createApiKey(actorOf(context), context.req.valid("json"))
    const body: CreatedApiKeyBody = { ...presentTagged(context, key), key: secret }
    return context.json(body, 201)
  })

  routes.openapi(getRoute, async (context) => {
    const id = readId("apiKey", context.req.valid("param").id, "API key")
    return context.json(presentTagged(context, await getApiKey(actorOf(context), id)), 200)
  })

  routes.openapi(updateRoute, async (context) => {
    const id = readId("apiKey", context.req.valid("param").id, "API key")
    const expects = (before: ApiKey) => matchesEntityTag(context.req.header("if-match"), stateOf(before))
    const key = await updateApiKey(actorOf(context), { id, values: context.req.valid("json"), expects })
    return context.json(presentTagged(context, key), 200)
  })

  routes.openapi(revokeRoute, async (context) => {
    await revokeApiKey(actorOf(context), readId("apiKey", context.req.valid("param").id, "API key"))
    return context.body(null, 204)
  })

  return routes
}

/** Names all of a key that can be changed: that it was used is no reason to refuse a change. */
const stateOf = (key: ApiKey): string => toStateName([key.name, key.limits])

/** Every answer with one key names its state. */
function presentTagged(context: ApiContext, key: ApiKey): ApiKeyBody {
  context.header("etag", toEntityTag(stateOf(key)))
  return presentApiKey(key)
}

const shared = { tags: ["API keys"] }

const listRoute = createRoute({
  ...shared,
  ...needs("api-key:read"),
  method: "get",
  path: "/api-keys",
  operationId: "listApiKeys",
  summary: "The project's API keys that are not revoked, newest first",
  request: { query: PageQuery },
  responses: {
    200: answers<Page<ApiKeyBody>>(pageSchema(ApiKeySchema), "A page of keys."),
    ...failures(400, 401, 403),
  },
})

const createApiKeyRoute = createRoute({
  ...shared,
  ...needs("api-key:write"),
  method: "post",
  path: "/api-keys",
  operationId: "createApiKey",
  summary: "Makes a key; the answer is the only place its secret is ever shown",
  request: { query: NoQuery, body: accepts(CreateApiKey) },
  responses: { 201: answers<CreatedApiKeyBody>(CreatedApiKeySchema, "The key, once."), ...failures(400, 401, 403) },
})

const getRoute = createRoute({
  ...shared,
  ...needs("api-key:read"),
  method: "get",
  path: "/api-keys/{id}",
  operationId: "getApiKey",
  summary: "One API key, without its secret",
  request: { query: NoQuery, params: idParameter("apiKey") },
  responses: {
    200: answers<ApiKeyBody>(ApiKeySchema, "The key; `ETag` names its name and limits."),
    ...failures(400, 401, 403, 404),
  },
})

const updateRoute = createRoute({
  ...shared,
  ...needs("api-key:write"),
  method: "patch",
  path: "/api-keys/{id}",
  operationId: "updateApiKey",
  summary: "Changes a key's name or limits, in force everywhere in less than a second",
  request: { query: NoQuery, params: idParameter("apiKey"), headers: IfMatch, body: accepts(UpdateApiKey) },
  responses: { 200: answers<ApiKeyBody>(ApiKeySchema, "The key as it is now."), ...failures(400, 401, 403, 404, 412) },
})

const revokeRoute = createRoute({
  ...shared,
  ...needs("api-key:write"),
  method: "delete",
  path: "/api-keys/{id}",
  operationId: "revokeApiKey",
  summary: "Revokes a key, everywhere in less than a second",
  request: { query: NoQuery, params: idParameter("apiKey") },
  responses: { 204: { description: "It is revoked." }, ...failures(400, 401, 403, 404) },
})
