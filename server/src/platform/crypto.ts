import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes, timingSafeEqual } from "node:crypto"

const nonceBytes = 12
const tagBytes = 16

/** Where random bytes come from: `systemRandom` in production, a counter in tests. */
export type RandomBytes = (size: number) => Buffer

export const systemRandom: RandomBytes = (size) => randomBytes(size)

/** SHA-256 of bytes or of a text in UTF-8. */
export const sha256 = (content: string | Buffer): Buffer => createHash("sha256").update(content).digest()

/**
 * A key for one purpose, from a key for many: HKDF-SHA256 (RFC 5869) with the purpose as `info`.
 * Different purposes give independent keys; the same purpose always gives the same one.
 */
export function deriveKey(key: Buffer | string, purpose: string, bytes = 32): Buffer {
  return Buffer.from(hkdfSync("sha256", key, "sluice", purpose, bytes))
}

/**
 * Encrypts with AES-256-GCM under a fresh nonce (NIST SP 800-38D): nonce (12) ‖ ciphertext ‖ tag (16). `associated` is not
 * in the result but must be given again to open it, so that a sealed value cannot be moved to another row.
 * @throws RangeError when the key is not 32 bytes
 */
export function seal(key: Buffer, plain: Buffer, associated: string, random: RandomBytes = systemRandom): Buffer {
  if (key.length !== 32) throw new RangeError("AES-256 needs a key of 32 bytes")
  const nonce = random(nonceBytes)
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(associated))
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

/**
 * Decrypts what `seal` made.
 * @throws Error when the key or `associated` is another one, or a bit was changed
 */
export function open(key: Buffer, sealed: Buffer, associated: string): Buffer {
  if (sealed.length < nonceBytes + tagBytes) throw new Error("sealed value is too short")
  const end = sealed.length - tagBytes
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, nonceBytes), { authTagLength: tagBytes })
  decipher.setAAD(Buffer.from(associated)).setAuthTag(sealed.subarray(end))
  return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, end)), decipher.final()])
}

/** Whether two secrets are the same, in a time that depends on neither. */
export const isSameSecret = (a: string, b: string): boolean => timingSafeEqual(sha256(a), sha256(b))
