import { join } from "node:path"
import type { Config } from "../config.ts"
import type { Clock } from "../platform/clock.ts"
import { acquireDataLock, type DataLock } from "../platform/database/lock.ts"
import { prepareDataFolder } from "./prepare-data-folder.ts"
import { Refusal } from "./refusal.ts"

/**
 * Holds an installation that does not run, so that none starts meanwhile, and gives what lets it go again.
 * @throws Refusal that names the process, when it runs
 */
export async function holdInstallation({ dataDir }: Config, clock: Clock): Promise<() => Promise<void>> {
  const supervisor = join(dataDir, "supervisor")
  prepareDataFolder(supervisor, dataDir)
  const held: DataLock[] = []
  const release = async () => {
    for (const lock of held.reverse()) await lock.release()
  }
  try {
    for (const folder of [supervisor, dataDir]) held.push(await acquireDataLock(folder, { clock }))
    return release
  } catch (error) {
    await release()
    const [reason = "it is in use"] = (error as Error).message.replace(supervisor, dataDir).split("; stop it first")
    throw new Refusal(`${reason}: stop Sluice first, then run this again.`)
  }
}
