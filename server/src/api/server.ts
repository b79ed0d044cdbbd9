import { createServer as createHttpServer } from "node:http"
import { createServer as createHttpsServer } from "node:https"
import { getRequestListener } from "@hono/node-server"
import type { HttpServer } from "../platform/http-server.ts"
import { createClientAddress } from "./client-address.ts"
import type { ApiContext, ApiRoutes } from "./route.ts"

/** A certificate and its private key, both PEM. */
export interface TlsFiles {
  readonly cert: string | Buffer
  readonly key: string | Buffer
}

/** The API as a server; `listen` of `platform/http-server.ts` starts it. */
export function createApiServer(app: ApiRoutes, tls: TlsFiles | null): HttpServer {
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false })
  return tls ? createHttpsServer({ ...tls }, listener) : createHttpServer(listener)
}

/** What the server's adapter puts beside a request. Absent where there is no socket. */
interface Bindings {
  readonly incoming?: { readonly socket: { readonly remoteAddress?: string } }
}

/** Reads where a request comes from, believing `X-Forwarded-For` from trusted proxies only. */
export function readClientAddress(trustedProxies: readonly string[]): (context: ApiContext) => string | null {
  const clientAddress = createClientAddress(trustedProxies)
  return (context) => {
    const { incoming } = (context.env ?? {}) as Bindings
    return clientAddress(incoming?.socket.remoteAddress, context.req.header("x-forwarded-for"))
  }
}
