import { LRUCache } from "lru-cache"
import type { Clock } from "../../platform/clock.ts"
import { open, type RandomBytes, seal } from "../../platform/crypto.ts"
import type { KeyWrapper } from "../../platform/encryption.ts"
import { createUuid } from "../../platform/ids.ts"
import type { EncryptedCredential } from "./credential.ts"
import type { DataKeyStore } from "./data-key-store.ts"

/** Unwrapped data keys kept in memory, so that a key service is not asked for every secret. */
const keptDataKeys = 1000

/** Encrypts and decrypts credentials' secrets with their organization's data key. */
export interface CredentialVault {
  /** Makes the organization's data key when it has none yet. */
  encrypt(
    credential: { readonly id: string; readonly organizationId: string },
    secret: string,
  ): Promise<{ readonly encryptedSecret: Buffer; readonly dataKeyId: string }>
  /** @throws Error when the row was tampered with, or its data key is gone or wrapped by another key */
  decrypt(credential: EncryptedCredential): Promise<string>
}

/** A vault over wrapped data keys. */
export function createCredentialVault(deps: {
  readonly store: DataKeyStore
  readonly wrapper: KeyWrapper
  readonly clock: Clock
  readonly random: RandomBytes
}): CredentialVault {
  const { store, wrapper, clock, random } = deps
  const opened = new LRUCache<string, Buffer>({ max: keptDataKeys })

  async function unwrap(id: string, wrapped: Buffer): Promise<Buffer> {
    const key = opened.get(id) ?? (await wrapper.unwrap(wrapped, id))
    opened.set(id, key)
    return key
  }

  async function makeKey(organizationId: string): Promise<{ id: string; key: Buffer }> {
    const key = random(32)
    const id = createUuid(clock.now())
    const wrapped = await wrapper.wrap(key, id)
    await store.insert({ id, organizationId, wrapped, wrappedBy: wrapper.fingerprint })
    opened.set(id, key)
    return { id, key }
  }

  return {
    async encrypt({ id, organizationId }, secret) {
      const newest = await store.newest(organizationId)
      const dataKey = newest
        ? { id: newest.id, key: await unwrap(newest.id, newest.wrapped) }
        : await makeKey(organizationId)
      return { encryptedSecret: seal(dataKey.key, Buffer.from(secret), id, random), dataKeyId: dataKey.id }
    },
    async decrypt(credential) {
      const kept = opened.get(credential.dataKeyId)
      const stored = kept ? null : await store.find(credential.organizationId, credential.dataKeyId)
      if (!kept && !stored) throw new Error(`the data key of credential ${credential.id} is gone`)
      const key = kept ?? (await unwrap(credential.dataKeyId, stored?.wrapped ?? Buffer.alloc(0)))
      return open(key, credential.encryptedSecret, credential.id).toString()
    },
  }
}
