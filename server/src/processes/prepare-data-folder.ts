import { mkdirSync, statSync } from "node:fs"
import { dirname } from "node:path"
import { Refusal } from "./refusal.ts"

const reasons: Readonly<Record<string, string>> = {
  EACCES: "this user may not write there",
  EPERM: "this user may not write there",
  EROFS: "the file system is read-only",
  ENOTDIR: "there is a file where a folder is needed",
  EEXIST: "there is a file where a folder is needed",
  ENOSPC: "the disk is full",
}

/**
 * Makes a folder below the data folder, for this user alone, with all that is missing above it.
 * @throws Refusal that says why the data folder cannot be used and how to choose another
 */
export function prepareDataFolder(folder: string, dataDir: string): void {
  try {
    for (const missing of missingAbove(folder)) mkdirSync(missing, { mode: 0o700 })
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error)
    const reason = reasons[code] ? `${reasons[code]} (${code})` : code
    throw new Refusal(`The data folder ${dataDir} cannot be used: ${reason}. Choose another with SLUICE_DATA_DIR.`)
  }
}

/** The folders to make, the uppermost first. `mkdir`'s own way never ends where a file system makes nothing, as in /proc. */
function missingAbove(folder: string): readonly string[] {
  const found = statSync(folder, { throwIfNoEntry: false })
  if (found) {
    if (!found.isDirectory()) throw Object.assign(new Error("not a folder"), { code: "ENOTDIR" })
    return []
  }
  return [...missingAbove(dirname(folder)), folder]
}
