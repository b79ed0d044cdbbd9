import { createRoute } from "@hono/zod-openapi"
import type { MeBody } from "@sluice/protocol/api/me"
import { deleteCookie, getCookie } from "hono/cookie"
import type { Identity } from "../../domains/identity/index.ts"
import { sessionCookie } from "../authenticate.ts"
import { type InstallationFacts, MeSchema, presentMe } from "../presenters/me.ts"
import { actorOf, answers, createRoutes, failures, NoQuery, needs } from "../route.ts"

/** What the routes about oneself take. */
export interface MeRoutesDeps extends Pick<Identity, "closeSession"> {
  /** Asked at each call: a gateway's address may be known later than the API's. */
  facts(): InstallationFacts
}

/** `GET me`, `POST sign-out`. */
export function meRoutes({ closeSession, facts }: MeRoutesDeps) {
  const routes = createRoutes()

  routes.openapi(meRoute, (context) => context.json(presentMe(actorOf(context), facts()), 200))

  routes.openapi(signOutRoute, async (context) => {
    const cookie = getCookie(context, sessionCookie)
    if (cookie) await closeSession(cookie)
    deleteCookie(context, sessionCookie, { path: "/" })
    return context.body(null, 204)
  })

  return routes
}

const meRoute = createRoute({
  tags: ["Me"],
  ...needs("me:read"),
  method: "get",
  path: "/me",
  operationId: "getMe",
  summary: "Who is asking, where they stand, and what they may do",
  request: { query: NoQuery },
  responses: { 200: answers<MeBody>(MeSchema, "The caller."), ...failures(400, 401, 403) },
})

const signOutRoute = createRoute({
  tags: ["Me"],
  ...needs("session:delete"),
  method: "post",
  path: "/sign-out",
  operationId: "signOut",
  summary: "Ends the session of this browser",
  request: { query: NoQuery },
  responses: { 204: { description: "The session is over." }, ...failures(400, 401, 403) },
})
