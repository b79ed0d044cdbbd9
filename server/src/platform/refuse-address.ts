import { BlockList, isIP } from "node:net"

/** Never a provider: link-local, where clouds keep their metadata services, the metadata addresses outside it, and groups of hosts. */
const forbidden = new BlockList()
forbidden.addSubnet("169.254.0.0", 16, "ipv4")
forbidden.addSubnet("fe80::", 10, "ipv6")
forbidden.addAddress("fd00:ec2::254", "ipv6")
forbidden.addAddress("fd20:ce::254", "ipv6")
forbidden.addAddress("100.100.100.200", "ipv4")
forbidden.addAddress("168.63.129.16", "ipv4")
forbidden.addAddress("192.0.0.192", "ipv4")
forbidden.addSubnet("224.0.0.0", 4, "ipv4")
forbidden.addAddress("255.255.255.255", "ipv4")
forbidden.addSubnet("ff00::", 8, "ipv6")

/** Loopback, private and shared ranges (RFC 1918, RFC 4193, RFC 6598, RFC 6890): fine for self-hosted models, if allowed. */
const privateRanges = new BlockList()
privateRanges.addSubnet("0.0.0.0", 8, "ipv4")
privateRanges.addSubnet("10.0.0.0", 8, "ipv4")
privateRanges.addSubnet("100.64.0.0", 10, "ipv4")
privateRanges.addSubnet("127.0.0.0", 8, "ipv4")
privateRanges.addSubnet("172.16.0.0", 12, "ipv4")
privateRanges.addSubnet("192.168.0.0", 16, "ipv4")
privateRanges.addSubnet("192.0.0.0", 24, "ipv4")
privateRanges.addSubnet("198.18.0.0", 15, "ipv4")
privateRanges.addSubnet("240.0.0.0", 4, "ipv4")
privateRanges.addAddress("::", "ipv6")
privateRanges.addAddress("::1", "ipv6")
privateRanges.addSubnet("fc00::", 7, "ipv6")
privateRanges.addSubnet("fec0::", 10, "ipv6")

/**
 * Where IPv6 carries an IPv4 address that the packet may end up at: mapped, compatible and translated (RFC 4291, RFC 2765),
 * NAT64 (RFC 6052, RFC 8215) and 6to4 (RFC 3056). Sixteen-bit groups that must match, and the group it begins at.
 */
const carriers: readonly (readonly [groups: readonly number[], at: number])[] = [
  [[0, 0, 0, 0, 0, 0xffff], 6],
  [[0, 0, 0, 0, 0, 0], 6],
  [[0, 0, 0, 0, 0xffff, 0], 6],
  [[0x64, 0xff9b, 0, 0, 0, 0], 6],
  [[0x64, 0xff9b, 1], 6],
  [[0x2002], 1],
]

/** The eight groups of an IPv6 address in any of its spellings. */
function toGroups(address: string): number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address)
  const [, start = "", ...octets] = dotted ?? []
  const [a = 0, b = 0, c = 0, d = 0] = octets.map(Number)
  const text = dotted ? `${start}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}` : address
  const [head = "", tail] = text.split("::")
  const parse = (part: string): number[] =>
    part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16))
  const before = parse(head)
  const after = parse(tail ?? "")
  return [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after]
}

/** The IPv4 address inside an IPv6 one, however it is written; null when there is none. */
function carriedAddress(address: string): string | null {
  const groups = toGroups(address)
  const carrier = carriers.find(([prefix]) => prefix.every((group, index) => groups[index] === group))
  if (!carrier) return null
  const [high = 0, low = 0] = groups.slice(carrier[1])
  // `::` and `::1` are IPv6's own.
  if (carrier[0].every((group) => group === 0) && high === 0 && low <= 1) return null
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
}

/**
 * Why no socket may be opened to this IP address; null when it may. IPv4 inside IPv6 is judged as what it leads to.
 * @param ip any spelling the system's resolver or a URL gives, without brackets
 */
export function refuseAddress(ip: string, allowPrivate: boolean): string | null {
  const [bare = ""] = ip.split("%")
  const carried = isIP(bare) === 6 ? carriedAddress(bare) : null
  const address = carried ?? bare
  const family = isIP(address) === 6 ? "ipv6" : "ipv4"
  if (forbidden.check(address, family)) return `${ip} is a link-local or metadata address`
  if (!allowPrivate && privateRanges.check(address, family)) {
    return `${ip} is a private address (SLUICE_ALLOW_PRIVATE_UPSTREAMS allows them)`
  }
  return null
}
