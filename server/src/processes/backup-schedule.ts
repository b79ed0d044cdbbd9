import { spawn } from "node:child_process"
import { readdir, rm } from "node:fs/promises"
import { constants, setPriority } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { type Config, processEnvironment } from "../config.ts"
import { gauge, type Sample } from "../gateway/counters.ts"
import { archiveSuffix } from "../platform/backup/archive.ts"
import { type BackupState, readBackupState, writeBackupState } from "../platform/backup/backup-state.ts"
import { type Clock, systemClock } from "../platform/clock.ts"
import { backupFolder } from "./take-backup.ts"

/** What the schedule takes. */
export interface BackupScheduleOptions {
  /** Where backups lie. */
  readonly folder: string
  /** Null: none are made; what is there is still told. */
  readonly everyMs: number | null
  readonly keep: number
  readonly clock: Clock
  /** Makes one verified backup in the folder. @throws Error with the reason when it could not */
  run(signal: AbortSignal): Promise<void>
}

/** What people are told of backups. Instants in milliseconds since 1970. */
export interface BackupStatus {
  readonly everyMs: number | null
  readonly lastBackupAt: number | null
  /** Why the last attempt failed; null when it did not. */
  readonly failure: string | null
  /** There is none that is younger than two intervals. */
  readonly isOverdue: boolean
}

/** After a failure the next attempt comes sooner than the next interval, in milliseconds. */
const retryMs = 3_600_000

/** Makes a verified backup when one is due, keeps the newest ones, and knows how it went, over restarts too. */
export class BackupSchedule {
  readonly #options: BackupScheduleOptions
  readonly #stopped = new AbortController()
  #status: BackupStatus

  constructor(options: BackupScheduleOptions) {
    this.#options = options
    this.#status = { everyMs: options.everyMs, lastBackupAt: null, failure: null, isOverdue: false }
  }

  /** As of the last look. */
  get status(): BackupStatus {
    return this.#status
  }

  /** Looks again: a backup may have been made by hand. */
  async look(): Promise<BackupStatus> {
    this.#tell(await this.#read())
    return this.#status
  }

  /** Makes one when it is due; to be called every minute or so. A failure is remembered and told, not thrown. */
  async run(): Promise<void> {
    const { everyMs, folder, clock } = this.#options
    const state = await this.#read()
    this.#tell(state)
    if (everyMs === null || clock.now() < dueAt(state, everyMs)) return
    const attemptedAt = clock.now()
    try {
      await this.#options.run(this.#stopped.signal)
    } catch (error) {
      if (this.#stopped.signal.aborted) return
      const failure = error instanceof Error ? error.message : String(error)
      await writeBackupState(folder, { ...(await this.#read()), lastAttemptAt: attemptedAt, failure })
      this.#tell(await this.#read())
      return
    }
    this.#tell(await this.#read())
    await this.#prune()
  }

  /** Ends one that is being made; nothing half made is left. */
  stop(): void {
    this.#stopped.abort()
  }

  async #read(): Promise<BackupState> {
    const { folder, clock, everyMs } = this.#options
    const found = await readBackupState(folder)
    if (found) return found
    const fresh = { since: clock.now(), lastBackupAt: null, lastAttemptAt: null, failure: null }
    if (everyMs !== null) await writeBackupState(folder, fresh)
    return fresh
  }

  #tell({ since, lastBackupAt, failure }: BackupState): void {
    const { everyMs, clock } = this.#options
    const isOverdue = everyMs !== null && clock.now() - (lastBackupAt ?? since) > 2 * everyMs
    this.#status = { everyMs, lastBackupAt, failure, isOverdue }
  }

  /** Their names sort by age. */
  async #prune(): Promise<void> {
    const { folder, keep } = this.#options
    const names = (await readdir(folder)).filter((name) => name.endsWith(archiveSuffix)).sort()
    for (const name of names.slice(0, Math.max(0, names.length - keep))) await rm(join(folder, name), { force: true })
  }
}

/** The schedule of an installation, whose backups are made by its own bundle. */
export function createBackupSchedule(config: Config): BackupSchedule {
  const entry = fileURLToPath(new URL("./main.js", import.meta.url))
  return new BackupSchedule({
    folder: backupFolder(config),
    everyMs: config.backupEveryMs,
    keep: config.backupKeep,
    clock: systemClock,
    run: (signal) => runBackupProcess(entry, processEnvironment(), signal),
  })
}

/** The figures to watch: an alarm on the age of the newest backup needs nothing else. */
export function sampleBackups({ everyMs, lastBackupAt, failure }: BackupStatus): readonly Sample[] {
  const age = gauge(
    "sluice_backup_last_success_timestamp_seconds",
    "When the data of the newest verified backup was as it is in there; 0 when there is none.",
    Math.floor((lastBackupAt ?? 0) / 1000),
  )
  const failing = gauge("sluice_backup_failing", "Whether the last attempt failed: 1 or 0.", failure === null ? 0 : 1)
  return everyMs === null && lastBackupAt === null ? [] : [age, failing]
}

function dueAt({ since, lastBackupAt, lastAttemptAt, failure }: BackupState, everyMs: number): number {
  if (failure !== null && lastAttemptAt !== null) return lastAttemptAt + Math.min(everyMs, retryMs)
  return (lastBackupAt ?? since) + everyMs
}

/**
 * Makes a backup in a process of its own, as `sluice backup` does, so that its memory and its work are nobody else's. It yields
 * to everything else on the machine.
 * @param entry the bundle's main.js
 * @throws Error with the last thing it said, when it fails
 */
export function runBackupProcess(
  entry: string,
  environment: Readonly<NodeJS.ProcessEnv>,
  signal: AbortSignal,
): Promise<void> {
  const child = spawn(process.execPath, [entry, "backup"], { env: environment, stdio: ["ignore", "ignore", "pipe"] })
  if (child.pid !== undefined) yieldToOthers(child.pid)
  const stop = () => child.kill("SIGTERM")
  signal.addEventListener("abort", stop)
  let said = ""
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-2000)
  })
  return new Promise((resolve, reject) => {
    child.once("error", reject)
    child.once("close", (code) => {
      signal.removeEventListener("abort", stop)
      if (code === 0) resolve()
      else reject(new Error(said.trim().split("\n").at(-1) || `it ended with ${code}`))
    })
  })
}

function yieldToOthers(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // Where that is not allowed it competes like any other.
  }
}
