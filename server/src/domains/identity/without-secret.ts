import type { Credential, EncryptedCredential } from "./credential.ts"

/** A stored credential without what opens the provider's door. */
export const withoutSecret = ({
  encryptedSecret: _secret,
  dataKeyId: _dataKey,
  ...credential
}: EncryptedCredential): Credential => credential
