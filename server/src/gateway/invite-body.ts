import type { Exchange } from "./exchange.ts"

/**
 * Tells a client that waits for leave (`expect: 100-continue`) to send its body: after the head was judged, so that whoever
 * is refused by it has sent nothing. HTTP/1.0 has no such answer.
 */
export function inviteBody({ head, request, response }: Exchange): void {
  if (head?.expectsContinue && request.httpVersionMinor > 0) response.writeContinue()
}
