import type { MiddlewareHandler } from "hono"
import type { ApiEnvironment } from "./route.ts"

/** The dashboard: its own scripts and styles and nothing from elsewhere; libraries may set style attributes. */
export const dashboardPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "style-src-attr 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ")

/** Answers that are data: nothing in them is ever run, shown or framed. */
export const dataPolicy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** Headers that every answer carries, errors included. A handler's own content security policy stays. */
export function securityHeaders(options: { readonly publicUrl: string | null }): MiddlewareHandler<ApiEnvironment> {
  const secure = options.publicUrl?.startsWith("https:") ?? false
  return async (context, next) => {
    await next()
    const { headers } = context.res
    const isData = context.req.path.startsWith("/api/")
    if (!headers.has("content-security-policy")) {
      headers.set("content-security-policy", isData ? dataPolicy : dashboardPolicy)
    }
    if (!headers.has("cache-control")) headers.set("cache-control", "no-store")
    headers.set("x-content-type-options", "nosniff")
    headers.set("x-frame-options", "DENY")
    headers.set("referrer-policy", "same-origin")
    headers.set("cross-origin-opener-policy", "same-origin")
    headers.set("cross-origin-resource-policy", "same-origin")
    headers.set("permissions-policy", "camera=(), geolocation=(), microphone=()")
    if (secure) headers.set("strict-transport-security", "max-age=31536000")
  }
}
