/** How long a request's head may take to arrive, in milliseconds. */
const headMs = 10_000

/**
 * Options of Node's servers that bound how long a request may take to arrive, dripping or not: its head, and the whole of it.
 * @param wholeMs from its first byte to its last, in milliseconds
 */
export const serverPatience = (wholeMs: number) => ({
  headersTimeout: Math.min(headMs, wholeMs),
  requestTimeout: wholeMs,
  connectionsCheckingInterval: Math.min(1000, wholeMs),
})
