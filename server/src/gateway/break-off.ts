import type { Exchange } from "./exchange.ts"

/**
 * Ends an exchange so that no client can take its answer for whole. To one that speaks HTTP/1.0 the end of the connection is
 * the end of the answer, so it gets a reset; TLS tells the two apart by itself.
 */
export function breakOff({ request, response }: Exchange): void {
  const { socket } = request
  if (request.httpVersionMinor === 0 && !("encrypted" in socket)) socket.resetAndDestroy()
  response.destroy()
}
