import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { isLoopback } from "../config.ts"
import { serverPatience } from "../platform/server-patience.ts"

/** How long a scrape may take to arrive, in milliseconds. */
const requestMs = 10_000

/** The page Prometheus scrapes, on loopback; it shows nothing that is secret, and still is not for the network. */
export interface MetricsServer {
  readonly url: string
  close(): Promise<void>
}

/** Serves `collect()` at `GET /metrics`. A collection that fails is a 503, so that a gap shows instead of a wrong figure. */
export async function startMetricsServer(port: number, collect: () => Promise<string>): Promise<MetricsServer> {
  const server = createServer(serverPatience(requestMs), (request, response) => {
    // A page that gave its own name this machine's address names itself here, and shall not read along.
    if (!isLoopback(hostOf(request.headers.host))) {
      response.writeHead(403, { "content-type": "text/plain" }).end("Metrics are for this machine alone.\n")
      return
    }
    if (request.method !== "GET" || request.url !== "/metrics") {
      response.writeHead(404, { "content-type": "text/plain" }).end("Metrics are at GET /metrics.\n")
      return
    }
    collect().then(
      (text) => response.writeHead(200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" }).end(text),
      () => response.writeHead(503, { "content-type": "text/plain" }).end("No samples could be collected.\n"),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, "127.0.0.1", () => resolve())
  })
  const { port: bound } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${bound}/metrics`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** The name in a `Host` header; without one it is nobody's page. */
function hostOf(host: string | undefined): string {
  if (host === undefined) return "localhost"
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : ""
}
