import type { CommandInput } from "./command-input.ts"
import { runControl } from "./control.ts"
import { Refusal } from "./refusal.ts"

/** `sluice api`: the API, the dashboard and the intake of gateways, without jobs. Gives the exit code. */
export function api(input: CommandInput): Promise<number> {
  if (!input.config.databaseUrl) {
    throw new Refusal("DATABASE_URL: not set; an embedded database has room for one process: use sluice control.")
  }
  return runControl(input, { api: true, jobs: false })
}
