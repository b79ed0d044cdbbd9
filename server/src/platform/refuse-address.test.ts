import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { refuseAddress } from "./refuse-address.ts"

describe("an address that a socket is to be opened to", () => {
  it.each([
    "169.254.169.254",
    "::ffff:169.254.169.254",
    "::FFFF:a9fe:a9fe",
    "0:0:0:0:0:ffff:a9fe:a9fe",
    "0000:0000:0000:0000:0000:ffff:169.254.169.254",
    "::169.254.169.254",
    "::ffff:0:169.254.169.254",
    "64:ff9b::169.254.169.254",
    "64:ff9b:1::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
    "fe80::1",
    "fe80::1%eth0",
    "fd00:ec2::254",
    "fd20:ce::254",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "224.0.0.1",
    "255.255.255.255",
    "ff02::1",
  ])("is refused for good when it is %s", (ip) => {
    expect(refuseAddress(ip, true)).toMatch(/link-local or metadata/)
  })

  it.each([
    "127.0.0.1",
    "127.255.0.9",
    "0.0.0.0",
    "10.0.0.1",
    "172.31.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "198.18.0.1",
    "240.0.0.1",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::7f00:1",
    "64:ff9b::10.0.0.1",
    "2002:0a00:0001::",
    "fc00::1",
    "fec0::1",
  ])("is refused unless private ones are allowed when it is %s", (ip) => {
    expect(refuseAddress(ip, false)).toMatch(/private/)
    expect(refuseAddress(ip, true)).toBeNull()
  })

  it.each(["8.8.8.8", "2606:4700::6810:84e5", "64:ff9b::8.8.8.8", "::ffff:8.8.8.8"])("may be %s", (ip) => {
    expect(refuseAddress(ip, false)).toBeNull()
  })

  it("is judged the same in IPv4 and in every IPv6 spelling that leads there", () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.boolean(), (ip, allowPrivate) => {
        const [a = 0, b = 0, c = 0, d = 0] = ip.split(".").map(Number)
        const hex = `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
        const plain = refuseAddress(ip, allowPrivate) === null
        for (const spelling of [`::ffff:${ip}`, `::ffff:${hex}`, `64:ff9b::${hex}`, `2002:${hex}::1`]) {
          expect(refuseAddress(spelling, allowPrivate) === null).toBe(plain)
        }
      }),
    )
  })

  it("is judged without a fault, whatever IPv6 it is", () => {
    fc.assert(fc.property(fc.ipV6(), (ip) => typeof refuseAddress(ip, false) !== "undefined"))
  })
})
