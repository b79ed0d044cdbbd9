import { constants } from "node:fs"
import { copyFile, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises"
import { join, resolve, sep } from "node:path"
import { cloneDatabasePath, workFolderPattern } from "../api/internal.ts"
import type { Config } from "../config.ts"
import { type ArchiveHeader, archiveSuffix } from "../platform/backup/archive.ts"
import { recordBackup } from "../platform/backup/backup-state.ts"
import { type ArchiveSource, makeArchive } from "../platform/backup/make-archive.ts"
import type { TableSum } from "../platform/backup/row-checksum.ts"
import { verifyArchive } from "../platform/backup/verify-archive.ts"
import type { Clock } from "../platform/clock.ts"
import { acquireDataLock } from "../platform/database/lock.ts"
import { askControl } from "./ask-control.ts"
import { loadKeys } from "./control-address.ts"
import { readProductVersion } from "./product-version.ts"
import { Refusal } from "./refusal.ts"

/** What taking a backup takes. */
export interface TakeBackupOptions {
  readonly config: Config
  /** A folder or the file itself; null: a file of its own in the backups of the data folder. */
  readonly to: string | null
  readonly clock: Clock
  readonly signal: AbortSignal
  /** A line for people about what is being done. */
  onProgress(line: string): void
}

/** A backup that was restored once and had everything. */
export interface TakenBackup {
  readonly path: string
  readonly bytes: number
  readonly rows: number
  readonly header: ArchiveHeader
}

/** How long a copy of the files may take, in milliseconds. */
const copyTimeoutMs = 600_000

/** Where scheduled backups lie, and where any backup is made. */
export const backupFolder = (config: Config): string => join(config.dataDir, "backups")

/**
 * Takes a backup, of an installation that runs or of one that does not, and proves it: only an archive that was restored into a
 * scratch database with the same rows and sums gets its name.
 * @throws Refusal, ArchiveError or Error in words for people; nothing half made is left
 */
export async function takeBackup(options: TakeBackupOptions): Promise<TakenBackup> {
  const { config, clock, signal, onProgress } = options
  const path = await choosePath(options)
  const folder = backupFolder(config)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await removeLeftovers(folder, clock)
  const workFolder = `work-${process.pid}-${clock.now()}`
  const work = join(folder, workFolder)
  await mkdir(work, { mode: 0o700 })
  const madeAt = clock.now()
  let rows = 0
  const onTable = (name: string, sum: TableSum) => {
    rows += sum.rows
    if (sum.rows >= 10_000) onProgress(`  ${name}: ${sum.rows} rows`)
  }
  try {
    const archive = join(work, "archive")
    const header = await withSource(options, workFolder, (source) => {
      onProgress("Reading the tables …")
      return makeArchive({ source, path: archive, product: readProductVersion(), madeAt, signal, onTable })
    })
    onProgress("Restoring the backup into a scratch database, to prove it …")
    const restoring = { path: archive, appRole: null, signal, onTable: () => {} }
    await verifyArchive(join(work, "verification"), restoring)
    await publish(archive, path, signal)
    await recordBackup(folder, Date.parse(header.made_at))
    return { path, bytes: (await stat(path)).size, rows, header }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function choosePath({ config, to, clock }: TakeBackupOptions): Promise<string> {
  const name = `sluice-${new Date(clock.now()).toISOString().slice(0, 19).replaceAll(":", "-")}Z${archiveSuffix}`
  if (to === null) return join(backupFolder(config), name)
  const found = await stat(to).catch(() => null)
  if (found?.isDirectory() || to.endsWith(sep)) {
    await mkdir(to, { recursive: true })
    return join(resolve(to), name)
  }
  if (found) throw new Refusal(`${to} is there already. Name another file, or a folder.`)
  return resolve(to)
}

/** A running embedded database is copied by the process that has it open; the copy is then nobody's but ours. */
async function withSource<Result>(
  { config, clock, onProgress }: TakeBackupOptions,
  workFolder: string,
  use: (source: ArchiveSource) => Promise<Result>,
): Promise<Result> {
  if (config.databaseUrl) return use({ type: "server", url: config.databaseUrl })
  const body = { work_folder: workFolder }
  const question = { path: cloneDatabasePath, body, timeoutMs: copyTimeoutMs, wanted: "no copy of the database" }
  if ((await askControl(config, loadKeys(config), question)) !== null) {
    onProgress("Sluice is running: it made a copy of its database as it is now, and goes on.")
    const directory = join(backupFolder(config), workFolder, "database")
    try {
      return await use({ type: "embedded", directory })
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  }
  const lock = await acquireDataLock(config.dataDir, { clock }).catch((error: Error) => {
    throw new Refusal(error.message)
  })
  try {
    return await use({ type: "embedded", directory: join(config.dataDir, "database") })
  } finally {
    await lock.release()
  }
}

/** Under its own name at once where it lies on the same disk, else copied beside it first. */
async function publish(archive: string, path: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  try {
    await rename(archive, path)
    return
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error
  }
  const unfinished = `${path}.unfinished`
  try {
    await copyFile(archive, unfinished, constants.COPYFILE_EXCL)
    const file = await open(unfinished, "r+")
    await file.sync().finally(() => file.close())
    signal.throwIfAborted()
    await rename(unfinished, path)
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
}

/** What a killed backup left: its process is gone, and it has been silent for a while. */
async function removeLeftovers(folder: string, clock: Clock): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!workFolderPattern.test(name)) continue
    const pid = Number(name.split("-")[1])
    const begunAt = Number(name.split("-")[2])
    if (!isAlive(pid) && clock.now() - begunAt > copyTimeoutMs) {
      await rm(join(folder, name), { recursive: true, force: true })
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"
  }
}
