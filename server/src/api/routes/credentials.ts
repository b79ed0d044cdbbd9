import { createRoute } from "@hono/zod-openapi"
import type { Page } from "@sluice/protocol/api/common"
import { PageQuery } from "@sluice/protocol/api/common"
import { CreateCredential, type CredentialBody, type CredentialTestBody } from "@sluice/protocol/api/credentials"
import type { Identity } from "../../domains/identity/index.ts"
import type { Cursors } from "../cursor.ts"
import { CredentialSchema, CredentialTestSchema, presentCredential, presentProbe } from "../presenters/credential.ts"
import { accepts, actorOf, answers, createRoutes, failures, idParameter, NoQuery, needs, readId } from "../route.ts"
import { pageSchema } from "../schemas.ts"

/** Longest wait for a provider's answer to a test, in milliseconds. */
const testDeadlineMs = 15_000

/** What the routes of credentials take: verbs of the identity domain, with their dependencies filled in. */
export type CredentialRoutesDeps = Pick<
  Identity,
  "listCredentials" | "createCredential" | "deleteCredential" | "testCredential"
> & { readonly cursors: Cursors }

/** `GET|POST credentials`, `DELETE credentials/{id}`, `POST credentials/{id}/test`. */
export function credentialRoutes(deps: CredentialRoutesDeps) {
  const routes = createRoutes()

  routes.openapi(listRoute, async (context) => {
    const actor = actorOf(context)
    const { limit, cursor } = context.req.valid("query")
    const list = `credentials:${actor.project.id}`
    const page = await deps.listCredentials(actor, { limit, after: cursor ? deps.cursors.read(list, cursor) : null })
    const body: Page<CredentialBody> = {
      data: page.items.map(presentCredential),
      next_cursor: page.next === null ? null : deps.cursors.sign(list, page.next),
      has_more: page.hasMore,
    }
    return context.json(body, 200)
  })

  routes.openapi(createCredentialRoute, async (context) => {
    const credential = await deps.createCredential(actorOf(context), context.req.valid("json"))
    return context.json(presentCredential(credential), 201)
  })

  routes.openapi(deleteRoute, async (context) => {
    await deps.deleteCredential(actorOf(context), readId("credential", context.req.valid("param").id, "credential"))
    return context.body(null, 204)
  })

  routes.openapi(testRoute, async (context) => {
    const id = readId("credential", context.req.valid("param").id, "credential")
    const signal = AbortSignal.any([context.req.raw.signal, AbortSignal.timeout(testDeadlineMs)])
    const result = await deps.testCredential(actorOf(context), { id, signal })
    return context.json(presentProbe(result), 200)
  })

  return routes
}

const shared = { tags: ["Credentials"] }

const listRoute = createRoute({
  ...shared,
  ...needs("credential:read"),
  method: "get",
  path: "/credentials",
  operationId: "listCredentials",
  summary:
    "Credentials the project can use, nearest first: its own, its organization's, the installation's, the environment's",
  request: { query: PageQuery },
  responses: {
    200: answers<Page<CredentialBody>>(pageSchema(CredentialSchema), "A page of credentials."),
    ...failures(400, 401, 403),
  },
})

const createCredentialRoute = createRoute({
  ...shared,
  ...needs("credential:write"),
  method: "post",
  path: "/credentials",
  operationId: "createCredential",
  summary: "Stores a provider credential, encrypted, for the project or beyond; no call ever answers its secret",
  request: { query: NoQuery, body: accepts(CreateCredential) },
  responses: { 201: answers<CredentialBody>(CredentialSchema, "It is stored."), ...failures(400, 401, 403) },
})

const deleteRoute = createRoute({
  ...shared,
  ...needs("credential:write"),
  method: "delete",
  path: "/credentials/{id}",
  operationId: "deleteCredential",
  summary: "Deletes a stored credential",
  request: { query: NoQuery, params: idParameter("credential") },
  responses: { 204: { description: "It is deleted." }, ...failures(400, 401, 403, 404, 409) },
})

const testRoute = createRoute({
  ...shared,
  ...needs("credential:test"),
  method: "post",
  path: "/credentials/{id}/test",
  operationId: "testCredential",
  summary: "Makes one cheap call with a credential and says what came of it",
  request: { query: NoQuery, params: idParameter("credential") },
  responses: {
    200: answers<CredentialTestBody>(CredentialTestSchema, "What the provider said."),
    ...failures(400, 401, 403, 404),
  },
})
