import { keyEnvironments } from "@sluice/protocol/api/api-keys"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { systemRandom } from "../../platform/crypto.ts"
import { checksum, createApiKeySecret, lastFourOf } from "./api-key-secret.ts"

describe("a key's text", () => {
  it("is slk_, a letter for its environment, 32 characters and their checksum", () => {
    fc.assert(
      fc.property(fc.constantFrom(...keyEnvironments), (environment) => {
        const secret = createApiKeySecret(environment, systemRandom)
        expect(secret).toMatch(/^slk_[psdt][0-9A-Za-z]{38}$/)
        expect(secret.charAt(4)).toBe(environment.charAt(0))
        expect(secret.slice(37)).toBe(checksum(secret.slice(0, 37)))
      }),
    )
  })

  it("has the checksum that other implementations of CRC-32 give", () => {
    // The check value of CRC-32/ISO-HDLC (reveng's catalogue): 0xCBF43926 for "123456789".
    expect(checksum("123456789")).toBe("3jZRME")
    // Computed with Python's binascii.crc32.
    expect(checksum("slk_p0123456789ABCDEFGHIJKLMNOPQRSTUV")).toBe("1GZZrY")
    expect(checksum("")).toBe("000000")
  })

  it("is drawn evenly: bytes that would favour some characters are skipped", () => {
    const drawn = createApiKeySecret("test", (size) =>
      Buffer.from(Array.from({ length: size }, (_, at) => (at % 2 ? 255 : 61))),
    )
    expect(drawn.slice(5, 37)).toBe("z".repeat(32))
  })

  it("shows its last four characters, and none of a secret so short that they would matter", () => {
    expect(lastFourOf("sk-1234567890abcd")).toBe("abcd")
    expect(lastFourOf("sk-abcd")).toBe("")
  })
})
