import type { MiddlewareHandler } from "hono"
import { permissionDenied } from "../platform/errors.ts"
import type { ApiEnvironment } from "./route.ts"

/**
 * Against DNS rebinding: while the API is bound to loopback, a foreign site could give its own name this machine's address and
 * have a browser here read the answers as its own. Such a request names that site in `Host`, and is refused.
 * @param options `boundTo` is the address listened on; `publicUrl` is a name that people do use
 */
export function guardHost(options: {
  readonly boundTo: string
  readonly publicUrl: string | null
}): MiddlewareHandler<ApiEnvironment> {
  const guarded = isLoopback(options.boundTo)
  const publicName = options.publicUrl === null ? null : new URL(options.publicUrl).hostname
  return async (context, next) => {
    // A target in absolute form names a host as well, and takes precedence (RFC 9112 §3.2.2).
    for (const name of guarded ? [hostName(context.req.header("host")), new URL(context.req.url).hostname] : []) {
      if (name !== null && name !== publicName && !isLoopback(name)) {
        throw permissionDenied("host", `This API is not known as ${name}. Set SLUICE_PUBLIC_URL if it should be.`)
      }
    }
    await next()
  }
}

function hostName(host: string | undefined): string | null {
  if (!host) return null
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : host.slice(0, 100)
}

/** Whether a name or address, brackets or not, cannot leave this machine. */
export function isLoopback(name: string): boolean {
  const host = name.replace(/^\[|\]$/g, "").toLowerCase()
  return host === "localhost" || host.endsWith(".localhost") || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host)
}
