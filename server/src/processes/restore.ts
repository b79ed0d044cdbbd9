import { existsSync } from "node:fs"
import { rename, rm } from "node:fs/promises"
import { join, resolve } from "node:path"
import type { Config } from "../config.ts"
import type { ArchiveHeader } from "../platform/backup/archive.ts"
import { checkArchive, restoreIntoDirectory, restoreIntoServer } from "../platform/backup/restore-archive.ts"
import type { TableSum } from "../platform/backup/row-checksum.ts"
import { type Clock, systemClock } from "../platform/clock.ts"
import { readyDirectoryName } from "../platform/database/database.ts"
import { createLocalKeyWrapper } from "../platform/encryption.ts"
import type { CommandInput, Terminal } from "./command-input.ts"
import { loadKeys } from "./control-address.ts"
import { holdInstallation } from "./hold-installation.ts"
import { interruptible } from "./interruptible.ts"
import { readWords } from "./read-words.ts"
import { Refusal } from "./refusal.ts"

/** `sluice restore FILE [--force]`: puts a backup in the place of an installation's data. Gives the exit code. */
export async function restore({ config, terminal, words }: CommandInput): Promise<number> {
  const { values, positionals } = readWords("restore", words, { force: { type: "boolean" } }, { positionals: 1 })
  const path = resolve(positionals[0] ?? "")
  const force = values.force ?? false
  return interruptible(terminal, async (signal) => {
    terminal.complain(`Checking ${path} …`)
    const header = await checkArchive(path, signal)
    refuseOtherKey(config, header)
    terminal.complain(`A backup of ${header.made_at}, made by Sluice ${header.product} (${header.database}).`)
    const release = await holdInstallation(config, systemClock)
    try {
      const onTable = (name: string, sum: TableSum) => {
        if (sum.rows >= 10_000) terminal.complain(`  ${name}: ${sum.rows} rows`)
      }
      const options = { path, appRole: config.appRole, signal, onTable }
      const sums = config.databaseUrl
        ? await restoreIntoServer(config.databaseUrl, header, options)
        : await restoreEmbedded({ config, clock: systemClock, terminal, force }, (directory) =>
            restoreIntoDirectory(directory, header, options),
          )
      const rows = [...sums.values()].reduce((total, sum) => total + sum.rows, 0)
      terminal.say(`Restored and compared: ${rows} rows in ${sums.size} tables are as they were. Start Sluice again.`)
      return 0
    } finally {
      await release()
    }
  })
}

/** Secrets in a backup are encrypted; with another key they would be lost, and so would the way back. */
function refuseOtherKey(config: Config, { master_key_fingerprint: wanted }: ArchiveHeader): void {
  if (wanted === null) return
  const file = config.masterKeyFile ?? join(config.dataDir, "master.key")
  const remedy = `Put the master key it was made with in ${file} (or SLUICE_MASTER_KEY) and run this again; a backup never holds it.`
  if (config.masterKey === null && !existsSync(file)) {
    throw new Refusal(`This backup needs the master key ${wanted.slice(0, 8)}…, and there is none here. ${remedy}`)
  }
  const { fingerprint } = createLocalKeyWrapper(loadKeys(config).masterKey)
  if (fingerprint === wanted) return
  throw new Refusal(
    `This backup needs the master key ${wanted.slice(0, 8)}…, but the one here is ${fingerprint.slice(0, 8)}…. ${remedy}`,
  )
}

interface Place {
  readonly config: Config
  readonly clock: Clock
  readonly terminal: Terminal
  readonly force: boolean
}

/** Beside its place first. What was there is moved aside, never removed. */
async function restoreEmbedded<Result>(
  { config, clock, terminal, force }: Place,
  fill: (directory: string) => Promise<Result>,
): Promise<Result> {
  const directory = join(config.dataDir, "database")
  const isTaken = existsSync(directory)
  if (isTaken && !force) {
    throw new Refusal(
      `There is data in ${directory} already. With --force it is moved aside and the backup put in its place.`,
    )
  }
  const unfinished = join(config.dataDir, "database.restoring")
  await rm(unfinished, { recursive: true, force: true })
  const result = await fill(unfinished)
  // From here on a start finds the restored data, even if this process dies between two of the names.
  const ready = join(config.dataDir, readyDirectoryName)
  await rename(unfinished, ready)
  if (isTaken) {
    const aside = `${directory}.replaced-${new Date(clock.now()).toISOString().replaceAll(/[:.]/g, "-")}`
    await rename(directory, aside)
    terminal.complain(`What was there is in ${aside}; remove it when you do not need it.`)
  }
  await rename(ready, directory)
  return result
}
