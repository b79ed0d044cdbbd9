import type { Clock } from "../../platform/clock.ts"
import { type KeyWrapper, MasterKeyError } from "../../platform/encryption.ts"
import { createUuid } from "../../platform/ids.ts"
import type { InstallationStore } from "./installation-store.ts"

/**
 * Makes sure that this database and this master key belong together; the first start ties them.
 * @returns the installation's id, a UUID
 * @throws MasterKeyError with one line that says what to do when they do not
 */
export async function openInstallation(deps: {
  readonly store: InstallationStore
  readonly wrapper: Pick<KeyWrapper, "fingerprint">
  readonly clock: Clock
}): Promise<string> {
  const { store, wrapper, clock } = deps
  const stored = await store.claim("master_key_fingerprint", wrapper.fingerprint)
  if (stored !== wrapper.fingerprint) {
    throw new MasterKeyError(
      `This database was made with another master key (${stored.slice(0, 8)}…, not ${wrapper.fingerprint.slice(0, 8)}…): ` +
        "give the one it was made with as SLUICE_MASTER_KEY or SLUICE_MASTER_KEY_FILE.",
    )
  }
  return store.claim("id", createUuid(clock.now()))
}
