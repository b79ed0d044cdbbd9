import { OpenAPIHono } from "@hono/zod-openapi"
import { fromPublicId, type IdNoun, idPrefixes } from "@sluice/protocol/ids"
import type { Context, MiddlewareHandler } from "hono"
import { z } from "zod"
import { type Actor, isAllowed } from "../domains/identity/index.ts"
import { notFound, permissionDenied, unauthenticated, validationFailed } from "../platform/errors.ts"
import { toFieldErrors } from "./field-errors.ts"
import { type Permission, permissions } from "./permissions.ts"
import { ApiErrorSchema } from "./schemas.ts"

/** What every handler finds in its context. */
export interface ApiEnvironment {
  Variables: {
    /** The `x-request-id` of the answer. */
    requestId: string
    /** Who calls; null when nobody proved to be anyone. Handlers use `actorOf`. */
    actor: Actor | null
  }
}

export type ApiContext = Context<ApiEnvironment>
export type ApiRoutes = OpenAPIHono<ApiEnvironment>

/**
 * An empty set of routes, to be filled with `.openapi(createRoute({ ...needs("noun:verb"), … }), handler)`. Paths are below
 * `/api/v1`. Whatever a request's schema refuses is answered as `validation_failed` with every bad field.
 */
export function createRoutes(): ApiRoutes {
  return new OpenAPIHono<ApiEnvironment>({
    defaultHook: (result) => {
      if (!result.success) throw validationFailed(toFieldErrors(result.error))
    },
  })
}

/**
 * The part of a route that says who may call it. Spread into `createRoute`: it checks before anything of the request is
 * read, and shows in the OpenAPI document as `x-permission`.
 */
export function needs(permission: Permission) {
  const middleware: MiddlewareHandler<ApiEnvironment> = async (context, next) => {
    if (!isAllowed(actorOf(context), permissions[permission])) throw permissionDenied(permission)
    await next()
  }
  return {
    middleware: [middleware],
    security: eitherProof,
    "x-permission": permission,
  }
}

/** Alternatives, in OpenAPI's words. */
const eitherProof: Record<string, string[]>[] = [{ session: [] }, { key: [] }]

/** Who calls. @throws ApiError `unauthenticated` when nobody proved to be anyone */
export function actorOf(context: ApiContext): Actor {
  const actor = context.get("actor")
  if (!actor) throw unauthenticated("Sign in, or send an API key as `Authorization: Bearer slk_…`.")
  return actor
}

/** For routes without parameters: anything in the query is a mistake. */
export const NoQuery = z.strictObject({})

/** The path parameter `{id}` of one noun, for the `params` of a route. */
export const idParameter = (noun: IdNoun) =>
  z.object({
    id: z
      .string()
      .max(64)
      .meta({ description: `An id such as ${idPrefixes[noun]}_…` }),
  })

/** The UUID inside a path's id. @throws ApiError `not_found` when it is no id of that noun; `what` names it for people */
export function readId(noun: IdNoun, id: string, what: string): string {
  const uuid = fromPublicId(noun, id)
  if (!uuid) throw notFound(what)
  return uuid
}

/**
 * An answer in JSON. `Body` is the `protocol/` type the presenter returns; the schema documents it, and the tests hold
 * every answer against it.
 */
export const answers = <Body>(schema: z.ZodType, description: string) => ({
  description,
  content: { "application/json": { schema: schema as z.ZodType<Body> } },
})

/** A request body in JSON, checked before the handler runs. */
export const accepts = <Schema extends z.ZodType>(schema: Schema) => ({
  required: true,
  content: { "application/json": { schema } },
})

const reasons = {
  400: "The request is wrong; every bad field is listed.",
  401: "No valid session or key.",
  403: "The permission is missing, or a write with a session could not be told from a forged one.",
  404: "There is no such thing, or it belongs to somebody else.",
  409: "It contradicts what is stored.",
  412: "It was changed since it was read.",
} as const

/** The failures a route documents, by status, all of one shape. Failures are thrown, never returned. */
export function failures<Status extends keyof typeof reasons>(...statuses: readonly Status[]) {
  const described = statuses.map((status) => [
    status,
    { description: reasons[status], content: { "application/json": { schema: ApiErrorSchema } } },
  ])
  return Object.fromEntries(described) as Record<
    Status,
    { description: string; content: { "application/json": { schema: typeof ApiErrorSchema } } }
  >
}
