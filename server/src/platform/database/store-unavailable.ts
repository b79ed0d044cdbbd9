/** Codes of the operating system and of the driver's socket that mean "no connection", not "a wrong query". */
const connectionCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENETDOWN",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ENOENT",
])

/** The driver's own words where it gives no code. */
const connectionMessages = [
  /^Connection terminated/,
  /^timeout exceeded when trying to connect/,
  /^timeout expired/,
  /^Query read timeout/,
  /^Client was closed and is not queryable/,
  /^Client has encountered a connection error and is not queryable/,
  /^Cannot use a pool after calling end on the pool/,
]

/**
 * SQLSTATE classes (PostgreSQL's manual, appendix A): 08 connection, 53 out of memory, disk or connections, 57P shutting
 * down or crashed, 58 the system underneath failed; and 25006, which a server gives after a failover made it read-only.
 */
const unavailableStates = /^(?:08...|53...|57P..|58...|25006)$/

/**
 * True when the database could not be asked or could not answer, so that the same call may succeed later; false when it
 * did answer and the answer was an error. After a lost connection it is unknown whether a COMMIT under way took place.
 */
export function isStoreUnavailable(error: unknown): boolean {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth += 1) {
    const code = (at as { readonly code?: unknown }).code
    if (typeof code === "string" && (connectionCodes.has(code) || unavailableStates.test(code))) return true
    if (connectionMessages.some((pattern) => pattern.test((at as Error).message))) return true
    if (at instanceof AggregateError && at.errors.some(isStoreUnavailable)) return true
  }
  return false
}
