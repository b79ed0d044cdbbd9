import { createRoute } from "@hono/zod-openapi"
import { type ApiKeyBody, CreateApiKey, type CreatedApiKeyBody } from "@sluice/protocol/api/api-keys"
import { type Page, PageQuery } from "@sluice/protocol/api/common"
import type { Actor, ApiKey, CreatedApiKey, ListPage } from "../../domains/identity/index.ts"
import type { Cursors } from "../cursor.ts"
import { ApiKeySchema, CreatedApiKeySchema, presentApiKey } from "../presenters/api-key.ts"
import { accepts, actorOf, answers, createRoutes, failures, idParameter, NoQuery, needs, readId } from "../route.ts"
import { pageSchema } from "../schemas.ts"

/** What the routes of API keys take: verbs of the identity domain, with their dependencies filled in. */
export interface ApiKeyRoutesDeps {
  readonly cursors: Cursors
  /** Newest first; `after` is the id of the last key already seen. */
  listApiKeys(actor: Actor, page: { readonly limit: number; readonly after: string | null }): Promise<ListPage<ApiKey>>
  createApiKey(actor: Actor, wanted: CreateApiKey): Promise<CreatedApiKey>
  /** @throws ApiError `not_found` */
  revokeApiKey(actor: Actor, id: string): Promise<void>
}

/** `GET|POST api-keys`, `DELETE api-keys/{id}`. */
export function apiKeyRoutes({ cursors, listApiKeys, createApiKey, revokeApiKey }: ApiKeyRoutesDeps) {
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
    const body: CreatedApiKeyBody = { ...presentApiKey(key), key: secret }
    return context.json(body, 201)
  })

  routes.openapi(revokeRoute, async (context) => {
    await revokeApiKey(actorOf(context), readId("apiKey", context.req.valid("param").id, "API key"))
    return context.body(null, 204)
  })

  return routes
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
