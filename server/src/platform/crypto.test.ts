import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { deriveKey, isSameSecret, open, seal, sha256 } from "./crypto.ts"
import { createSealer, createUnsealer, sealForGateway } from "./sealing.ts"

const key = deriveKey("test", "sealing tests")

describe("sealed values", () => {
  it("open as what was sealed", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.string(), (bytes, associated) => {
        const plain = Buffer.from(bytes)
        return open(key, seal(key, plain, associated), associated).equals(plain)
      }),
    )
  })

  it("do not open with one bit changed anywhere, another key or another row", () => {
    const sealed = seal(key, Buffer.from("a secret"), "row 1")
    fc.assert(
      fc.property(fc.nat(sealed.length * 8 - 1), (bit) => {
        const changed = Buffer.from(sealed)
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        expect(() => open(key, changed, "row 1")).toThrow()
      }),
    )
    expect(() => open(deriveKey("test", "another"), sealed, "row 1")).toThrow()
    expect(() => open(key, sealed, "row 2")).toThrow()
    expect(() => open(key, sealed.subarray(0, 20), "row 1")).toThrow("too short")
  })

  it("never look the same twice and never hold the secret", () => {
    const sealed = [seal(key, Buffer.from("sk-visible"), ""), seal(key, Buffer.from("sk-visible"), "")]
    expect(sealed[0]?.equals(sealed[1] ?? Buffer.alloc(0))).toBe(false)
    expect(sealed[0]?.includes("sk-visible")).toBe(false)
  })

  it("refuse a key that is not 256 bits", () => {
    expect(() => seal(Buffer.alloc(16), Buffer.from("x"), "")).toThrow("32 bytes")
  })
})

describe("derived keys", () => {
  it("are those of RFC 5869", () => {
    // HKDF-SHA256 with the salt `sluice`, computed with Python's hmac and hashlib.
    expect(deriveKey(Buffer.alloc(32, 7), "cursors").toString("hex")).toBe(
      "df29a701f7e2da0baf829a7a1428574d385b69696f3b336614d76075af8b7a1e",
    )
  })

  it("differ by purpose", () => {
    expect(deriveKey("k", "a").equals(deriveKey("k", "b"))).toBe(false)
  })
})

describe("secrets for gateways", () => {
  const id = "01890a5d-ac96-774b-bcce-b302099a8057"

  it("open with the control token they were sealed with, for the credential they belong to", () => {
    const sealed = createSealer("control token")("sk-secret", id)
    const unseal = createUnsealer("control token")
    expect(unseal(sealed, id)).toBe("sk-secret")
    expect(unseal(sealForGateway("control token", id, "sk-other"), id)).toBe("sk-other")
    expect(() => unseal(sealed, id.replace("0", "1"))).toThrow()
    expect(() => createUnsealer("another token")(sealed, id)).toThrow()
  })
})

describe("comparing secrets", () => {
  it("tells equal from different, whatever their lengths", () => {
    fc.assert(fc.property(fc.string(), fc.string(), (a, b) => isSameSecret(a, b) === (a === b) && isSameSecret(a, a)))
    expect(sha256("abc").toString("hex").slice(0, 8)).toBe("ba7816bf")
  })
})
