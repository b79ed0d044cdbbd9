import { existsSync } from "node:fs"
import { join } from "node:path"
import { ownerLinkPath } from "../api/internal.ts"
import type { Config } from "../config.ts"
import { systemClock } from "../platform/clock.ts"
import { createLogger } from "../platform/logger.ts"
import { recallApiUrl } from "./api-url.ts"
import { askControl } from "./ask-control.ts"
import type { CommandInput } from "./command-input.ts"
import { type Keys, loadKeys } from "./control-address.ts"
import { openDomains } from "./control-domains.ts"
import { withOpenStore } from "./open-store.ts"
import { Refusal } from "./refusal.ts"

const longestWaitMs = 10_000

/**
 * `sluice owner-link`: prints a new sign-in link for the owner. Asks the control process of this machine when one runs, and the
 * database itself when none does. Gives the exit code.
 */
export async function ownerLink({ config, terminal }: CommandInput): Promise<number> {
  if (!config.databaseUrl && !existsSync(join(config.dataDir, "database"))) {
    throw new Refusal(`There is no installation in ${config.dataDir}. SLUICE_DATA_DIR names its folder.`)
  }
  const keys = loadKeys(config)
  const path = (await askRunning(config, keys)) ?? (await askDatabase(config, keys))
  terminal.say(`${config.publicUrl ?? recallApiUrl(config)}${path}`)
  terminal.complain("The link signs in once, within a day; it ends the one issued before.")
  return 0
}

/** The link's path; null when no control process listens here. */
async function askRunning(config: Config, keys: Keys): Promise<string | null> {
  const question = { path: ownerLinkPath, timeoutMs: longestWaitMs, wanted: "no link" }
  return ((await askControl(config, keys, question)) as { readonly path: string } | null)?.path ?? null
}

async function askDatabase(config: Config, keys: Keys): Promise<string> {
  const clock = systemClock
  const log = createLogger({ level: "error", process: "owner-link" })
  const signal = AbortSignal.timeout(longestWaitMs)
  const onWaiting = () => {}
  try {
    return await withOpenStore({ config, clock, log, signal, onWaiting }, async (database) => {
      const { identity } = await openDomains({ config, keys, database, clock, log })
      const { path } = await identity.issueOwnerLink()
      await database.close()
      return path
    })
  } catch (error) {
    if (signal.aborted) throw new Refusal("The database cannot be reached, so no link can be made.")
    throw error
  }
}
