import type { MiddlewareHandler } from "hono"
import { getCookie } from "hono/cookie"
import type { Actor } from "../domains/identity/index.ts"
import { csrfFailed, unauthenticated } from "../platform/errors.ts"
import type { ApiContext, ApiEnvironment } from "./route.ts"

/** The cookie of a signed-in browser. */
export const sessionCookie = "sluice_session"

/** The header a page of ours sends with every write; another site's page cannot without being asked first. */
export const csrfHeader = "x-sluice-csrf"

/** How somebody proves who they are. */
export interface Authentication {
  /** @throws ApiError `unauthenticated` */
  authenticateKey(secret: string): Promise<Actor>
  /** Null when the session is over or never was. */
  authenticateSession(cookie: string): Promise<Actor | null>
}

/** What telling our own pages from others takes. `publicUrl` is where people reach the dashboard, or null. */
export interface OwnOrigin {
  readonly publicUrl: string | null
}

/**
 * Finds out who calls: an API key when there is an `Authorization` header, else a session. Writes with a session must come from
 * our own pages. Whether anybody may call at all is each route's own question.
 * @throws ApiError `unauthenticated` for a key that is not valid, `csrf_failed`
 */
export function authenticate(deps: Authentication & OwnOrigin): MiddlewareHandler<ApiEnvironment> {
  return async (context, next) => {
    const header = context.req.header("authorization")
    const cookie = getCookie(context, sessionCookie)
    if (header !== undefined) {
      const secret = /^bearer +(\S+)$/i.exec(header)?.[1]
      if (!secret) throw unauthenticated("Send the API key as `Authorization: Bearer slk_…`.")
      context.set("actor", await deps.authenticateKey(secret))
    } else if (cookie) {
      context.set("actor", await deps.authenticateSession(cookie))
      if (!["GET", "HEAD", "OPTIONS"].includes(context.req.method)) refuseForgery(context, deps)
    }
    await next()
  }
}

/** A browser sends the session along whoever asks it to; these headers say who did, and pages cannot forge them. */
function refuseForgery(context: ApiContext, { publicUrl }: OwnOrigin): void {
  const site = context.req.header("sec-fetch-site")
  if (site !== undefined && site !== "same-origin" && site !== "none") {
    throw csrfFailed("Another site's page asked for this. Use an API key to call from elsewhere.")
  }
  const origin = context.req.header("origin")
  if (origin !== undefined && !isOwnOrigin(origin, context.req.header("host"), publicUrl)) {
    throw csrfFailed("The page that asked for this is not the dashboard's. Set SLUICE_PUBLIC_URL if it is.")
  }
  if (context.req.header(csrfHeader) === undefined) {
    throw csrfFailed(`A write with a session needs the header ${csrfHeader}.`)
  }
}

function isOwnOrigin(origin: string, host: string | undefined, publicUrl: string | null): boolean {
  if (!URL.canParse(origin)) return false
  const url = new URL(origin)
  if (publicUrl !== null && url.origin === new URL(publicUrl).origin) return true
  return host !== undefined && url.host === host.toLowerCase()
}
