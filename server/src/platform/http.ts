import { lookup as lookupAddress } from "node:dns"
import { isIP, type LookupFunction } from "node:net"
import { Pool } from "undici"
import { refuseAddress } from "./refuse-address.ts"

/**
 * Connections to providers. An address somebody typed into a form must not become a way into the machine's own network,
 * so every address is judged when the socket is made, after DNS, and no redirect is ever followed.
 */

/** Raised where a connection to an address is refused by rule. `code` is `SLUICE_ADDRESS_REFUSED`. */
export class AddressRefused extends Error {
  readonly code = "SLUICE_ADDRESS_REFUSED"
}

/** `dns.lookup` that fails when any address of the name is one we do not connect to. */
function createGuardedLookup(allowPrivate: boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookupAddress(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, "")
      for (const { address } of addresses) {
        const reason = refuseAddress(address, allowPrivate)
        if (reason) return callback(new AddressRefused(`${hostname}: ${reason}`), "")
      }
      if (options.all) return callback(null, addresses)
      const [first] = addresses
      if (!first) return callback(new Error(`${hostname} has no address`), "")
      callback(null, first.address, first.family)
    })
  }
}

/** How connections to one origin are made. */
export interface UpstreamPoolOptions {
  /** Milliseconds a TCP and TLS handshake may take. */
  readonly connectTimeoutMs: number
  readonly allowPrivate: boolean
}

/**
 * A pool of keep-alive connections to one origin (`https://host[:port]`), as many as there are requests in flight; deadlines
 * other than connecting are the caller's.
 * @throws AddressRefused when the origin names a refused IP address itself (names are judged when they resolve)
 */
export function createUpstreamPool(origin: string, options: UpstreamPoolOptions): Pool {
  const host = new URL(origin).hostname.replace(/^\[|\]$/g, "")
  const reason = isIP(host) ? refuseAddress(host, options.allowPrivate) : null
  if (reason) throw new AddressRefused(reason)
  return new Pool(origin, {
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 10_000,
    maxHeaderSize: 64 * 1024,
    connect: { timeout: options.connectTimeoutMs, lookup: createGuardedLookup(options.allowPrivate) },
  })
}
