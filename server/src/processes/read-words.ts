import { type ParseArgsConfig, parseArgs } from "node:util"
import type { CommandName } from "./commands.ts"
import { Refusal } from "./refusal.ts"

/**
 * Reads the words after a command's name.
 * @throws Refusal that names what is not understood
 */
export function readWords<Options extends NonNullable<ParseArgsConfig["options"]>>(
  command: CommandName,
  words: readonly string[],
  options: Options,
  { positionals = 0 } = {},
) {
  try {
    const read = parseArgs({ args: [...words], options, allowPositionals: true })
    if (read.positionals.length === positionals) return read
  } catch {
    // Said below, in our own words.
  }
  throw new Refusal(
    `"sluice ${command}" ${words.length > 0 ? `does not take these words: ${words.join(" ")}` : "needs something after it"}. "sluice ${command} --help" explains it.`,
  )
}
