import { OpenAPIHono } from "@hono/zod-openapi"
import { apiRoot } from "@sluice/protocol/api/common"
import { toPublicId } from "@sluice/protocol/ids"
import type { MiddlewareHandler } from "hono"
import type { Clock } from "../platform/clock.ts"
import { methodNotAllowed, notFound, validationFailed } from "../platform/errors.ts"
import { createUuid } from "../platform/ids.ts"
import type { Logger } from "../platform/logger.ts"
import { allowedMethods } from "./allowed-methods.ts"
import { type Authentication, authenticate, sessionCookie } from "./authenticate.ts"
import { toFieldErrors } from "./field-errors.ts"
import { guardHost } from "./guard-host.ts"
import { checkJsonBody, limitBody } from "./json-bodies.ts"
import { refuseModelCall } from "./refuse-model-call.ts"
import { renderError } from "./render-error.ts"
import type { ApiContext, ApiEnvironment, ApiRoutes } from "./route.ts"
import { securityHeaders } from "./security-headers.ts"
import { type SignInDeps, signIn } from "./sign-in.ts"
import type { StaticFiles } from "./static-files.ts"

/** What the API takes. */
export interface ApiDeps extends Authentication, Omit<SignInDeps, "publicUrl"> {
  /** Each made by a function of `routes/`; their paths are below `/api/v1`. */
  readonly routes: readonly ApiRoutes[]
  readonly clock: Clock
  readonly log: Logger
  readonly version: string
  /** The address that is listened on. */
  readonly boundTo: string
  /** Where people reach the dashboard, without a trailing slash; null: wherever they reach it. */
  readonly publicUrl: string | null
  /** Where applications call models. */
  gatewayUrl(): string
  /** The built dashboard; null: none is served. */
  readonly dashboard: StaticFiles | null
  isStoreUnavailable(error: unknown): boolean
  /** Why requests cannot be answered just now; null when they can. */
  notReadyReason(): Promise<string | null>
}

/** The management API with the dashboard: everything that is served on the API's port. */
export function createApi(deps: ApiDeps): ApiRoutes {
  const app = new OpenAPIHono<ApiEnvironment>({
    defaultHook: (result) => {
      if (!result.success) throw validationFailed(toFieldErrors(result.error))
    },
  })
  app.use(identify(deps), securityHeaders(deps), guardHost(deps))
  app.use("/api/*", limitBody, authenticate(deps), checkJsonBody)
  for (const routes of deps.routes) app.route(apiRoot, routes)
  const document = createDocument(app, deps.version)
  app.get(`${apiRoot}/openapi.json`, (context) => context.json(document()))
  app.route("/", signIn(deps))
  app.get("/healthz", (context) => context.json({ status: "ok" }))
  app.get("/readyz", async (context) => {
    const reason = await deps.notReadyReason()
    return reason === null ? context.json({ status: "ready" }) : context.json({ status: "not_ready", reason }, 503)
  })
  app.notFound((context) => answerRest(app, deps, context))
  app.onError((error, context) =>
    renderError(error, context, {
      isStoreUnavailable: deps.isStoreUnavailable,
      report: (reported, requestId) => deps.log.error({ error: reported, requestId }, "a management call failed"),
    }),
  )
  return app
}

/** Gives every request an id and a line in the log. The path is logged without its query, which may hold a token. */
function identify({ clock, log }: ApiDeps): MiddlewareHandler<ApiEnvironment> {
  return async (context, next) => {
    const start = clock.monotonic()
    const requestId = toPublicId("request", createUuid(clock.now()))
    context.set("requestId", requestId)
    context.set("actor", null)
    await next()
    context.res.headers.set("x-request-id", requestId)
    const { method, path } = context.req
    const facts = { requestId, method, path, status: context.res.status, durationMs: clock.monotonic() - start }
    log.debug(facts, "management call")
  }
}

/** What no route took: the dashboard's files and pages, or a refusal that says what there is. */
async function answerRest(app: ApiRoutes, deps: ApiDeps, context: ApiContext): Promise<Response> {
  const { method, path } = context.req
  const allowed = allowedMethods(app.routes, path)
  if (allowed.length > 0) throw methodNotAllowed(method, allowed)
  if (path === "/api" || path.startsWith("/api/")) throw notFound("route")
  const modelCall = refuseModelCall({ path, accept: context.req.header("accept") }, deps.gatewayUrl())
  if (modelCall) throw modelCall
  if (method !== "GET" && method !== "HEAD") throw methodNotAllowed(method, ["GET", "HEAD"])
  const file = await deps.dashboard?.(context.req.raw)
  if (!file) throw notFound("page")
  return file
}

/** The OpenAPI 3.1 document, made when it is first asked for. */
function createDocument(app: ApiRoutes, version: string): () => object {
  let document: object | null = null
  app.openAPIRegistry.registerComponent("securitySchemes", "session", {
    type: "apiKey",
    in: "cookie",
    name: sessionCookie,
    description: "A signed-in browser. Writes also need the header `x-sluice-csrf` with any value.",
  })
  app.openAPIRegistry.registerComponent("securitySchemes", "key", {
    type: "http",
    scheme: "bearer",
    description: "An API key (`slk_…`) with the scope `api:read` or `api:write`.",
  })
  return () => {
    document ??= app.getOpenAPI31Document({
      openapi: "3.1.0",
      info: {
        title: "Sluice",
        version,
        description: "The management API. Everything the dashboard does goes through it.",
      },
      servers: [{ url: "/" }],
    })
    return document
  }
}
