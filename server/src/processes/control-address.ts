import { createHash } from "node:crypto"
import { lstatSync, mkdirSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import type { Config } from "../config.ts"
import { deriveInstallationKeys, type InstallationKeys, loadMasterKey } from "../platform/encryption.ts"

/** Unix sockets have 108 bytes for their path, the closing zero included (unix(7)); macOS has 104. */
const longestSocketPath = 100

/**
 * Where control listens for the gateways of this machine: `control.sock` in the data folder, or in the folder for temporary files
 * when that path is too long for a socket. Both sides find it from the data folder alone.
 */
export function controlSocketPath(dataDir: string, temporary = tmpdir()): string {
  const path = join(dataDir, "control.sock")
  if (Buffer.byteLength(path) <= longestSocketPath) return path
  const name = createHash("sha256").update(dataDir).digest("hex").slice(0, 16)
  return join(temporary, `sluice-${name}`, "control.sock")
}

/**
 * Makes the socket's folder, for this user alone.
 * @throws Error when somebody else made it first, which in a folder open to everyone is an attack
 */
export function prepareSocketFolder(socketPath: string): void {
  const folder = dirname(socketPath)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const { uid } = lstatSync(folder)
  if (process.getuid && uid !== process.getuid()) throw new Error(`${folder} belongs to another user; remove it.`)
}

/** The address of control as gateways take it: `unix:<path>` or a URL. */
export const controlUrlOf = (config: Config): string => config.controlUrl ?? `unix:${controlSocketPath(config.dataDir)}`

/** The installation's master key, made at the first start, and the keys that follow from it. */
export interface Keys extends InstallationKeys {
  readonly masterKey: Buffer
}

/**
 * Reads or makes the keys of this installation.
 * @throws MasterKeyError with one line for people
 */
export function loadKeys(config: Config): Keys {
  const file = config.masterKeyFile ?? join(config.dataDir, "master.key")
  const masterKey = loadMasterKey({ value: config.masterKey, file })
  return { masterKey, ...deriveInstallationKeys(masterKey, config.controlToken) }
}
