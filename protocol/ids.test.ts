import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { fromPublicId, timeOfUuid, toPublicId } from "./ids.ts"

const uuids = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => {
  const hex = Buffer.from(bytes).toString("hex")
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
})

describe("public ids", () => {
  it("come back as the UUID they were made from", () => {
    fc.assert(fc.property(uuids, (uuid) => fromPublicId("request", toPublicId("request", uuid)) === uuid))
  })

  it("sort as their UUIDs do", () => {
    fc.assert(fc.property(uuids, uuids, (a, b) => toPublicId("apiKey", a) < toPublicId("apiKey", b) === a < b))
  })

  it("spell the largest UUID in Crockford's base 32", () => {
    expect(toPublicId("request", "ffffffff-ffff-ffff-ffff-ffffffffffff")).toBe("req_7zzzzzzzzzzzzzzzzzzzzzzzzz")
  })

  it("refuse another noun's prefix, a wrong length, a foreign letter and more than 128 bits", () => {
    const id = toPublicId("request", "01890a5d-ac96-774b-bcce-b302099a8057")
    expect(fromPublicId("apiKey", id)).toBeNull()
    expect(fromPublicId("request", id.slice(0, -1))).toBeNull()
    expect(fromPublicId("request", id.replace(/.$/, "u"))).toBeNull()
    expect(fromPublicId("request", "req_zzzzzzzzzzzzzzzzzzzzzzzzzz")).toBeNull()
  })

  it("are made of nothing but a UUID in its canonical form", () => {
    for (const text of ["", "01890a5d-ac96-774b-bcce-b302099a805", "01890A5D-ac96-774b-bcce-b302099a8057"]) {
      expect(() => toPublicId("request", text)).toThrow(RangeError)
    }
    expect(() => toPublicId("request", "01890a5d-ac96-774b-bcce-b302099a80-7")).toThrow(RangeError)
    expect(() => toPublicId("request", "01890a5dfac96-774b-bcce-b302099a8057")).toThrow(RangeError)
    expect(() => toPublicId("request", "01890a5d-ac96-774b-bcce-b302099a80é7")).toThrow(RangeError)
  })

  it("tell the time a UUIDv7 was made", () => {
    // RFC 9562, appendix A.6: 2022-02-22T19:22:22.000Z.
    expect(timeOfUuid("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")).toBe(Date.parse("2022-02-22T19:22:22Z"))
  })
})
