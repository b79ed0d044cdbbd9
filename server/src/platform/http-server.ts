import { once } from "node:events"
import { chmod, rm } from "node:fs/promises"
import type { Server } from "node:net"

/** Where a server listens: a Unix socket, or an address and a port (0: any free one). */
export type ListenTarget = { readonly path: string } | { readonly host: string; readonly port: number }

/** A server that speaks HTTP, with or without TLS. */
export type HttpServer = Server & { closeIdleConnections?(): void; closeAllConnections?(): void }

/**
 * Begins to listen. A socket file left by a process that was killed is replaced (whoever calls holds the lock of the
 * directory it is in) and readable for its owner alone.
 * @returns the port, or 0 for a Unix socket
 * @throws Error with the operating system's code, e.g. `EADDRINUSE`
 */
export async function listen(server: HttpServer, target: ListenTarget): Promise<number> {
  if ("path" in target) await rm(target.path, { force: true })
  server.listen(target)
  await once(server, "listening")
  if ("path" in target) await chmod(target.path, 0o600)
  const address = server.address()
  return address !== null && typeof address === "object" ? address.port : 0
}

/** Stops accepting and waits for what is under way; once `deadline` aborts, what still is gets cut. */
export async function closeServer(server: HttpServer, deadline: AbortSignal): Promise<void> {
  if (!server.listening) return
  const closed = once(server, "close")
  const cut = () => server.closeAllConnections?.()
  server.close()
  // A connection that was busy a moment ago would otherwise be kept for the client's next request.
  const sweep = setInterval(() => server.closeIdleConnections?.(), 20)
  if (deadline.aborted) cut()
  deadline.addEventListener("abort", cut, { once: true })
  await closed
  clearInterval(sweep)
  deadline.removeEventListener("abort", cut)
}
