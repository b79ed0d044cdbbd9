import { chmodSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { deriveKey, open, type RandomBytes, seal, sha256, systemRandom } from "./crypto.ts"

/** Where the master key is looked for, first to last. */
export interface MasterKeySource {
  /** `SLUICE_MASTER_KEY`: 32 bytes in base64 or as 64 hexadecimal digits. */
  readonly value: string | null
  /** The file that holds it in one of those forms, made (mode 0600) when there is none yet. */
  readonly file: string
  readonly random?: RandomBytes
}

/** Raised when the master key cannot be used. The message is one line for the person who starts the product. */
export class MasterKeyError extends Error {}

/**
 * Reads the master key, or makes one at the first start. Losing it loses every stored credential, so it is never
 * replaced: a file that holds anything else is an error.
 * @throws MasterKeyError when the value or the file does not hold 32 bytes, or the file cannot be read or written
 */
export function loadMasterKey(source: MasterKeySource): Buffer {
  if (source.value !== null) {
    return (
      parseMasterKey(source.value) ?? fail("SLUICE_MASTER_KEY is not 32 bytes in base64 or as 64 hexadecimal digits.")
    )
  }
  const existing = readKeyFile(source.file)
  if (existing !== null) return existing
  writeKeyFile(source.file, (source.random ?? systemRandom)(32))
  return readKeyFile(source.file) ?? fail(`${source.file}: the master key that was just written is gone.`)
}

/** The 32 bytes that a text stands for; null when it is neither base64 of 32 bytes nor 64 hexadecimal digits. */
export function parseMasterKey(text: string): Buffer | null {
  if (/^[0-9a-fA-F]{64}$/.test(text)) return Buffer.from(text, "hex")
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return null
  const bytes = Buffer.from(text, "base64")
  return bytes.length === 32 ? bytes : null
}

function fail(message: string): never {
  throw new MasterKeyError(message)
}

function readKeyFile(file: string): Buffer | null {
  let text: string
  try {
    text = readFileSync(file, "utf8")
  } catch (error) {
    if (isCode(error, "ENOENT")) return null
    return fail(`${file}: the master key cannot be read (${codeOf(error)}).`)
  }
  return (
    parseMasterKey(text.trim()) ??
    fail(`${file}: does not hold a master key (32 bytes in base64). Restore it from a backup.`)
  )
}

/** Written beside and linked into place, so that two first starts at once end with one key and no half-written file. */
function writeKeyFile(file: string, key: Buffer): void {
  const draft = `${file}.${process.pid}`
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    writeFileSync(draft, `${key.toString("base64")}\n`, { mode: 0o600 })
    chmodSync(draft, 0o600)
    try {
      linkSync(draft, file)
    } catch (error) {
      if (!isCode(error, "EEXIST")) throw error
    } finally {
      unlinkSync(draft)
    }
  } catch (error) {
    fail(`${file}: the master key cannot be written (${codeOf(error)}).`)
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : "unknown error"

const isCode = (error: unknown, code: string): boolean => codeOf(error) === code

/** Keys of an installation that follow from its master key, one per purpose. */
export interface InstallationKeys {
  /** Signs the cursors of lists. */
  readonly cursors: Buffer
  /** Binds session cookies to this installation. */
  readonly sessions: Buffer
  /** What gateway and control prove themselves to each other with: the one given, else derived. */
  readonly controlToken: string
}

/** The keys of an installation; `controlToken` is `SLUICE_CONTROL_TOKEN` or null. */
export function deriveInstallationKeys(masterKey: Buffer, controlToken: string | null): InstallationKeys {
  return {
    cursors: deriveKey(masterKey, "cursors"),
    sessions: deriveKey(masterKey, "sessions"),
    controlToken: controlToken ?? deriveKey(masterKey, "control token").toString("base64url"),
  }
}

/**
 * Wraps data keys under a key-encryption key. Local here; a key service of a cloud would be another implementation, which
 * is why the calls are asynchronous.
 */
export interface KeyWrapper {
  /** Names the wrapping key without telling anything of it; stored beside what it wrapped. */
  readonly fingerprint: string
  wrap(dataKey: Buffer, associated: string): Promise<Buffer>
  /** @throws Error when the key was wrapped by another one, or for something else */
  unwrap(wrapped: Buffer, associated: string): Promise<Buffer>
}

/** A wrapper whose key-encryption key is derived from the master key. */
export function createLocalKeyWrapper(masterKey: Buffer, random: RandomBytes = systemRandom): KeyWrapper {
  const key = deriveKey(masterKey, "key encryption")
  return {
    fingerprint: sha256(deriveKey(masterKey, "fingerprint")).toString("hex").slice(0, 32),
    wrap: async (dataKey, associated) => seal(key, dataKey, associated, random),
    unwrap: async (wrapped, associated) => open(key, wrapped, associated),
  }
}
