import { existsSync } from "node:fs"
import { request } from "node:http"
import { join } from "node:path"
import { ownerLinkPath } from "../api/internal.ts"
import type { Config } from "../config.ts"
import { systemClock } from "../platform/clock.ts"
import { createLogger } from "../platform/logger.ts"
import { recallApiUrl } from "./api-url.ts"
import type { CommandInput } from "./command-input.ts"
import { controlSocketPath, type Keys, loadKeys } from "./control-address.ts"
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
  const path = (await askControl(config, keys)) ?? (await askDatabase(config, keys))
  terminal.say(`${config.publicUrl ?? recallApiUrl(config)}${path}`)
  terminal.complain("The link signs in once, within a day; it ends the one issued before.")
  return 0
}

/** The link's path; null when no control process listens here. */
function askControl(config: Config, { controlToken }: Keys): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const outgoing = request({
      socketPath: controlSocketPath(config.dataDir),
      path: ownerLinkPath,
      method: "POST",
      headers: { authorization: `Bearer ${controlToken}` },
      timeout: longestWaitMs,
    })
    outgoing.on("response", (response) => {
      let text = ""
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part
      })
      response.on("end", () => {
        if (response.statusCode === 200) resolve((JSON.parse(text) as { readonly path: string }).path)
        else
          reject(new Refusal(`The running control process gives no link (${response.statusCode}); its log says why.`))
      })
    })
    outgoing.on("timeout", () => outgoing.destroy(new Refusal("The running control process does not answer.")))
    outgoing.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "ECONNREFUSED") resolve(null)
      else reject(error)
    })
    outgoing.end()
  })
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
