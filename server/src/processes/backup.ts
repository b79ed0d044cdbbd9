import { existsSync } from "node:fs"
import { join } from "node:path"
import { systemClock } from "../platform/clock.ts"
import type { CommandInput } from "./command-input.ts"
import { interruptible } from "./interruptible.ts"
import { readWords } from "./read-words.ts"
import { Refusal } from "./refusal.ts"
import { takeBackup } from "./take-backup.ts"

/** `sluice backup [--to PATH]`: a verified backup of this installation, running or not. Gives the exit code. */
export async function backup({ config, terminal, words }: CommandInput): Promise<number> {
  const { to = null } = readWords("backup", words, { to: { type: "string" } }).values
  if (!config.databaseUrl && !existsSync(join(config.dataDir, "database"))) {
    throw new Refusal(`There is no installation in ${config.dataDir}. SLUICE_DATA_DIR names its folder.`)
  }
  return interruptible(terminal, async (signal) => {
    const startedAt = systemClock.monotonic()
    const onProgress = terminal.complain
    const taken = await takeBackup({ config, to, clock: systemClock, signal, onProgress })
    const seconds = ((systemClock.monotonic() - startedAt) / 1000).toFixed(1)
    terminal.complain(
      `Verified: ${taken.rows} rows in ${taken.header.tables.length} tables, ${taken.bytes} bytes, ${seconds} s. ` +
        "The master key is not in it; keep it apart.",
    )
    terminal.say(taken.path)
    return 0
  })
}
