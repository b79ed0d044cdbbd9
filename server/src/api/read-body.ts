import type { IncomingMessage } from "node:http"

/** Raised when a body is larger than it may be. */
export class TooLarge extends Error {}

/**
 * A request's body as text.
 * @throws TooLarge as soon as it is known to be over the limit, in bytes; Error when the client leaves before its end
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<string> {
  if (Number(request.headers["content-length"] ?? 0) > limit) throw new TooLarge()
  const chunks: Buffer[] = []
  let length = 0
  // Without destroying the request on the way out: its socket still has to carry the refusal.
  const read: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false })
  for await (const chunk of read) {
    length += chunk.length
    if (length > limit) throw new TooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
