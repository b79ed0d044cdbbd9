import { lookup as lookupAddress } from "node:dns"
import { BlockList, isIP, type LookupFunction } from "node:net"
import { Pool } from "undici"

/**
 * Connections to providers. An address somebody typed into a form must not become a way into the machine's own network,
 * so every address is judged when the socket is made, after DNS, and no redirect is ever followed.
 */

/** Never a provider: link-local, where clouds keep their metadata services, and the metadata addresses outside it. */
const forbidden = new BlockList()
forbidden.addSubnet("169.254.0.0", 16, "ipv4")
forbidden.addSubnet("fe80::", 10, "ipv6")
forbidden.addAddress("fd00:ec2::254", "ipv6")
forbidden.addAddress("100.100.100.200", "ipv4")

/** Loopback, private and shared ranges (RFC 1918, RFC 4193, RFC 6598): fine for self-hosted models, if allowed. */
const privateRanges = new BlockList()
privateRanges.addSubnet("0.0.0.0", 8, "ipv4")
privateRanges.addSubnet("10.0.0.0", 8, "ipv4")
privateRanges.addSubnet("100.64.0.0", 10, "ipv4")
privateRanges.addSubnet("127.0.0.0", 8, "ipv4")
privateRanges.addSubnet("172.16.0.0", 12, "ipv4")
privateRanges.addSubnet("192.168.0.0", 16, "ipv4")
privateRanges.addAddress("::", "ipv6")
privateRanges.addAddress("::1", "ipv6")
privateRanges.addSubnet("fc00::", 7, "ipv6")

/** Raised where a connection to an address is refused by rule. `code` is `SLUICE_ADDRESS_REFUSED`. */
export class AddressRefused extends Error {
  readonly code = "SLUICE_ADDRESS_REFUSED"
}

/** IPv4 inside IPv6 (`::ffff:10.0.0.1`, or its hexadecimal form) is judged as the IPv4 it is. */
function unmapped(address: string): string {
  const dotted = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (dotted?.[1]) return dotted[1]
  const hex = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(address)
  if (!hex?.[1] || !hex[2]) return address
  const high = Number.parseInt(hex[1], 16)
  const low = Number.parseInt(hex[2], 16)
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
}

/** Why no socket may be opened to this IP address; null when it may. */
export function refuseAddress(ip: string, allowPrivate: boolean): string | null {
  const address = unmapped(ip)
  const family = isIP(address) === 6 ? "ipv6" : "ipv4"
  if (forbidden.check(address, family)) return `${ip} is a link-local or metadata address`
  if (!allowPrivate && privateRanges.check(address, family)) {
    return `${ip} is a private address (SLUICE_ALLOW_PRIVATE_UPSTREAMS allows them)`
  }
  return null
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
