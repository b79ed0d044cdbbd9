import { crc32 } from "node:zlib"
import type { KeyEnvironment } from "@sluice/protocol/api/api-keys"
import { type RandomBytes, sha256 } from "../../platform/crypto.ts"

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

const environmentLetters: Readonly<Record<KeyEnvironment, string>> = {
  production: "p",
  staging: "s",
  development: "d",
  test: "t",
}

/** What `SLUICE_BOOTSTRAP_KEY` may be. */
export const bootstrapKeyPattern = /^slk_[A-Za-z0-9]{20,128}$/

/**
 * A new key's text: `slk_`, one letter for the environment, 32 random characters (190 bits), and six that are their checksum,
 * so that scanners of leaked secrets can tell a key from noise. Authentication never looks at the checksum.
 */
export function createApiKeySecret(environment: KeyEnvironment, random: RandomBytes): string {
  const body = `slk_${environmentLetters[environment]}${randomBase62(32, random)}`
  return body + checksum(body)
}

/** CRC-32 (ISO-HDLC, as in zlib) of a text, in base 62 with the most significant digit first, six characters. */
export function checksum(text: string): string {
  let rest = crc32(text)
  let digits = ""
  while (rest > 0) {
    digits = base62.charAt(rest % 62) + digits
    rest = Math.floor(rest / 62)
  }
  return digits.padStart(6, "0")
}

/** How a key is found again: the SHA-256 of its whole text. */
export const hashApiKey = (secret: string): Buffer => sha256(secret)

/** The part of a secret that is shown to tell it from others; nothing of one so short that four characters would matter. */
export const lastFourOf = (secret: string): string => (secret.length < 12 ? "" : secret.slice(-4))

/** Characters drawn evenly: bytes that would favour the first ones are thrown away. */
function randomBase62(length: number, random: RandomBytes): string {
  let text = ""
  while (text.length < length) {
    for (const byte of random(length)) {
      if (byte < 248 && text.length < length) text += base62.charAt(byte % 62)
    }
  }
  return text
}
