import { existsSync } from "node:fs"
import { join } from "node:path"
import { moveDatabase } from "../platform/backup/move-database.ts"
import type { TableSum } from "../platform/backup/row-checksum.ts"
import { systemClock } from "../platform/clock.ts"
import type { CommandInput } from "./command-input.ts"
import { holdInstallation } from "./hold-installation.ts"
import { interruptible } from "./interruptible.ts"
import { readWords } from "./read-words.ts"
import { Refusal } from "./refusal.ts"

/** `sluice move --to DATABASE_URL`: copies the embedded database to a PostgreSQL server. Gives the exit code. */
export async function move({ config, terminal, words }: CommandInput): Promise<number> {
  const { to } = readWords("move", words, { to: { type: "string" } }).values
  if (!to || !/^postgres(?:ql)?:\/\//.test(to)) {
    throw new Refusal("Name the server: sluice move --to postgres://user:password@host:5432/database")
  }
  if (config.databaseUrl) {
    throw new Refusal(
      "DATABASE_URL is set, so this installation is on a server already; unset it to move an embedded one.",
    )
  }
  const directory = join(config.dataDir, "database")
  if (!existsSync(directory)) {
    throw new Refusal(`There is no installation in ${config.dataDir}. SLUICE_DATA_DIR names its folder.`)
  }
  return interruptible(terminal, async (signal) => {
    const release = await holdInstallation(config, systemClock)
    try {
      terminal.complain("Copying every table, then reading it back …")
      const onTable = (name: string, sum: TableSum) =>
        terminal.complain(`  ${name}: ${sum.rows} ${sum.rows === 1 ? "row" : "rows"}`)
      const options = { directory, databaseUrl: to, appRole: config.appRole, signal, onTable }
      const sums = await moveDatabase(options).catch((error: Error) => {
        if (signal.aborted) throw error
        throw new Refusal(`Nothing was moved: ${error.message}.`, { cause: error })
      })
      const rows = [...sums.values()].reduce((total, sum) => total + sum.rows, 0)
      terminal.say(
        `Moved and compared: ${rows} rows in ${sums.size} tables are the same there. From now on start Sluice with\n\n` +
          `  DATABASE_URL=${withoutPassword(to)}\n\n` +
          `and the same data folder, which keeps the master key and the spool. ${directory} was left as it is; remove it when you ` +
          "do not need it. On a server, providers at private addresses need SLUICE_ALLOW_PRIVATE_UPSTREAMS=true.",
      )
      return 0
    } finally {
      await release()
    }
  })
}

/** What a terminal keeps is read by others. */
const withoutPassword = (url: string): string => url.replace(/^(\w+:\/\/[^:/@]*):[^@]*@/, "$1:<password>@")
