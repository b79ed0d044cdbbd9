import { BlockList, isIP } from "node:net"

/**
 * Reads the address a request really came from: the nearest one in `X-Forwarded-For` that is not a proxy we trust, and only when
 * the connection itself comes from one we trust.
 * @param trustedProxies addresses or CIDR ranges; anything unreadable among them is ignored
 */
export function createClientAddress(
  trustedProxies: readonly string[],
): (connection: string | undefined, forwardedFor: string | undefined) => string | null {
  const trusted = new BlockList()
  for (const range of trustedProxies) addRange(trusted, range)
  const isTrusted = (address: string) => isIP(address) !== 0 && trusted.check(address, familyOf(address))
  return (connection, forwardedFor) => {
    if (!connection) return null
    const hops = (forwardedFor ?? "").split(",").map((hop) => unmapped(hop.trim()))
    let client = unmapped(connection)
    while (isTrusted(client)) {
      const hop = hops.pop()
      if (!hop || isIP(hop) === 0) break
      client = hop
    }
    return client
  }
}

function addRange(list: BlockList, range: string): void {
  const [address = "", bits] = range.split("/")
  if (isIP(address) === 0) return
  if (bits === undefined) list.addAddress(address, familyOf(address))
  else if (/^\d{1,3}$/.test(bits) && Number(bits) <= (isIP(address) === 6 ? 128 : 32)) {
    list.addSubnet(address, Number(bits), familyOf(address))
  }
}

const familyOf = (address: string) => (isIP(address) === 6 ? "ipv6" : "ipv4")

const unmapped = (address: string): string => /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address
