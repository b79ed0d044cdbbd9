import { rm } from "node:fs/promises"
import type { ArchiveHeader } from "./archive.ts"
import { checkArchive, type RestoreOptions, restoreIntoDirectory } from "./restore-archive.ts"

/**
 * Proves that an archive restores: restores it into an embedded database of its own, which is removed again, and compares the
 * rows and sums of every table with what the archive says.
 * @param scratch a directory that is not there yet
 * @throws ArchiveError or Error, in words for people
 */
export async function verifyArchive(scratch: string, options: RestoreOptions): Promise<ArchiveHeader> {
  const header = await checkArchive(options.path, options.signal)
  try {
    await restoreIntoDirectory(scratch, header, options)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
  return header
}
