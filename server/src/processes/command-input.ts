import type { Config } from "../config.ts"

/** What every command is given. */
export interface CommandInput {
  readonly config: Config
  readonly terminal: Terminal
  /** Started by the supervisor, over whose channel it reports and obeys. */
  readonly supervised: boolean
  /** What stands after the command's name; empty for commands that take nothing. */
  readonly words: readonly string[]
}

/** Where a command speaks to people. */
export interface Terminal {
  readonly say: (text: string) => void
  readonly complain: (text: string) => void
  /** Whether `say` reaches a person and nothing else. */
  readonly isPerson: boolean
}
