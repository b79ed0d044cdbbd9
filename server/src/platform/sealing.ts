import { deriveKey, open, type RandomBytes, seal } from "./crypto.ts"

/**
 * Secrets on the way from control to a gateway, and in the gateway's copy on disk: sealed under a key that both derive from
 * the control token. No database is imported here, because the gateway imports this.
 */
const sealingKey = (controlToken: string) => deriveKey(controlToken, "snapshot sealing")

/** Seals a credential's secret for gateways: base64 of nonce ‖ ciphertext ‖ tag, bound to the credential's id. */
export function createSealer(
  controlToken: string,
  random?: RandomBytes,
): (secret: string, credentialId: string) => string {
  const key = sealingKey(controlToken)
  return (secret, credentialId) => seal(key, Buffer.from(secret), credentialId, random).toString("base64")
}

/** Seals one secret; where many are sealed, `createSealer` derives the key once. */
export const sealForGateway = (controlToken: string, credentialId: string, secret: string): string =>
  createSealer(controlToken)(secret, credentialId)

/**
 * Opens what `createSealer` sealed.
 * The returned function throws when the token or the credential is another one, or the text was changed.
 */
export function createUnsealer(controlToken: string): (sealed: string, credentialId: string) => string {
  const key = sealingKey(controlToken)
  return (sealed, credentialId) => open(key, Buffer.from(sealed, "base64"), credentialId).toString()
}
