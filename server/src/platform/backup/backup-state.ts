import { mkdir, readFile, rename, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { z } from "zod"

/** What is remembered of backups, in `state.json` among them. Instants in milliseconds since 1970. */
export interface BackupState {
  /** When backups were first thought of: the first is due one interval later. */
  readonly since: number
  /** When the data of the newest verified backup was as it is in there. */
  readonly lastBackupAt: number | null
  readonly lastAttemptAt: number | null
  /** Why the last attempt failed; null when it did not. */
  readonly failure: string | null
}

const instant = z.number().int().min(0)
const State = z.strictObject({
  since: instant,
  lastBackupAt: instant.nullable(),
  lastAttemptAt: instant.nullable(),
  failure: z.string().nullable(),
})

/** What is remembered; null when nothing is, or the file is damaged. */
export async function readBackupState(folder: string): Promise<BackupState | null> {
  try {
    return State.parse(JSON.parse(await readFile(join(folder, "state.json"), "utf8")))
  } catch {
    return null
  }
}

/** Replaces what is remembered, whole or not at all. */
export async function writeBackupState(folder: string, state: BackupState): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, "state.json")
  const unfinished = `${path}.${process.pid}`
  await writeFile(unfinished, `${JSON.stringify(state)}\n`, { mode: 0o600 })
  await rename(unfinished, path)
}

/** Remembers a verified backup of the data at a moment. */
export async function recordBackup(folder: string, madeAt: number): Promise<void> {
  const before = await readBackupState(folder)
  const since = before?.since ?? madeAt
  await writeBackupState(folder, { since, lastBackupAt: madeAt, lastAttemptAt: madeAt, failure: null })
}
