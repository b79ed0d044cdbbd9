import { mkdir, readdir, rename, rm, rmdir } from "node:fs/promises"
import { join } from "node:path"
import { isRunning, markOwn, parseMark, toMarkText } from "./process-mark.ts"

/** How a segment's name ends. */
export const segmentSuffix = ".ndjson"

/** Where records go that can never be stored. */
export const rejectedFolder = "rejected"

/**
 * Makes this process's folder under `root`, `<instance>.<pid>-<start>`, and takes over what dead processes left there. A
 * folder's name says whose it is, so there is no moment at which it is nobody's; taking one over is one rename, which
 * succeeds for one process only and takes all its segments along, so that their order is kept.
 */
export async function openSpoolFolder(root: string, instance: string): Promise<string> {
  const own = `${instance}.${toMarkText(await markOwn())}`
  const folder = join(root, own)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const entry of await readdir(root, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name === own || entry.name === rejectedFolder) continue
    const owner = parseMark(entry.name)
    if (owner && (await isRunning(owner))) continue
    // Failing is somebody else having been faster.
    await rename(join(root, entry.name), join(folder, entry.name)).catch(() => undefined)
  }
  await gather(folder, folder)
  return folder
}

/** Deletes the folder if nothing waits in it. */
export const leaveSpoolFolder = (folder: string): Promise<void> => rmdir(folder).catch(() => undefined)

/** Brings segments up from folders taken over, now or by a process that died at it. Their names are unique by epoch. */
async function gather(folder: string, target: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      await gather(path, target)
      await rm(path, { recursive: true, force: true })
    } else if (folder !== target && entry.name.endsWith(segmentSuffix)) {
      await rename(path, join(target, entry.name))
    }
  }
}
