import type { CommandInput } from "./command-input.ts"
import { runControl } from "./control.ts"
import { Refusal } from "./refusal.ts"

/** `sluice worker`: the jobs alone. Gives the exit code. */
export function worker(input: CommandInput): Promise<number> {
  if (!input.config.databaseUrl) {
    throw new Refusal("DATABASE_URL: not set; an embedded database has room for one process: use sluice control.")
  }
  return runControl(input, { api: false, jobs: true })
}
