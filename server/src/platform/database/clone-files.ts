import { constants } from "node:fs"
import { copyFile, mkdir, readdir } from "node:fs/promises"
import { join } from "node:path"

/** The log of changes, copied last: it makes whole what was copied while it was written. */
const logFolder = "pg_wal"

/**
 * Copies the files of a database that goes on changing. Files that vanish meanwhile are left out, as the log of changes
 * says that they went.
 */
export async function copyDataFiles(from: string, to: string): Promise<void> {
  await copyFolder(from, to, (path) => path !== "postmaster.pid" && !path.startsWith(`${logFolder}/`))
}

/** Copies the log of changes; call it once the copy's end is written there. */
export async function copyLogFiles(from: string, to: string): Promise<void> {
  await copyFolder(join(from, logFolder), join(to, logFolder), () => true)
}

async function copyFolder(from: string, to: string, isWanted: (path: string) => boolean, prefix = ""): Promise<void> {
  await mkdir(join(to, prefix), { recursive: true, mode: 0o700 })
  for (const entry of await readdir(join(from, prefix), { withFileTypes: true })) {
    const path = prefix === "" ? entry.name : `${prefix}/${entry.name}`
    if (entry.isDirectory()) await copyFolder(from, to, isWanted, path)
    else if (entry.isFile() && isWanted(path)) await copyOne(join(from, path), join(to, path))
  }
}

/** Where the file system can share the blocks, it does. */
async function copyOne(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error
  }
}
