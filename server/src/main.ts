import { parseArgs } from "node:util"
import { processEnvironment, readConfig } from "./config.ts"
import { describeVariables } from "./config-variables.ts"
import { nearestName } from "./nearest-name.ts"
import { ArchiveError } from "./platform/backup/archive-error.ts"
import { MasterKeyError } from "./platform/encryption.ts"
import type { CommandInput, Terminal } from "./processes/command-input.ts"
import {
  type CommandName,
  commandNames,
  describeCommand,
  describeCommands,
  isCommandName,
} from "./processes/commands.ts"
import { readProductVersion } from "./processes/product-version.ts"
import { Refusal } from "./processes/refusal.ts"

const terminal: Terminal = {
  say: (text) => process.stdout.write(text.endsWith("\n") ? text : `${text}\n`),
  complain: (text) => process.stderr.write(text.endsWith("\n") ? text : `${text}\n`),
  isPerson: process.stdout.isTTY === true,
}

/** Which process to be: the first word. Each is loaded alone, so that a gateway holds nothing of a database. */
async function run(words: readonly string[]): Promise<number> {
  const [first = "help", ...rest] = words
  if (first === "help" || first === "--help" || first === "-h") return help(rest[0])
  if (first === "--version" || first === "-v" || first === "version") {
    terminal.say(readProductVersion())
    return 0
  }
  if (!isCommandName(first)) return complainOfCommand(first)
  if (first === "simulate") return (await import("./processes/simulate.ts")).simulate(rest, terminal)
  if (rest.includes("--help") || rest.includes("-h")) return help(first)
  const takesWords = wordTakers.includes(first)
  const supervised = takesWords ? false : readFlags(first, rest)
  if (supervised === null) return 2
  const { config, mistakes } = readConfig(processEnvironment(), process.cwd())
  if (!config) {
    terminal.complain(`The configuration has ${mistakes.length === 1 ? "a mistake" : `${mistakes.length} mistakes`}:`)
    for (const mistake of mistakes) terminal.complain(`  ${mistake}`)
    return 2
  }
  return runCommand(first, { config, terminal, supervised, words: takesWords ? rest : [] })
}

/** Commands that read what stands after their name themselves. */
const wordTakers: readonly CommandName[] = ["backup", "restore", "move"]

async function runCommand(name: Exclude<CommandName, "simulate">, given: CommandInput): Promise<number> {
  switch (name) {
    case "start":
      return (await import("./processes/start.ts")).start(given)
    case "gateway":
      return (await import("./processes/gateway.ts")).gateway(given)
    case "control":
      return (await import("./processes/control.ts")).control(given)
    case "api":
      return (await import("./processes/api.ts")).api(given)
    case "worker":
      return (await import("./processes/worker.ts")).worker(given)
    case "demo":
      return (await import("./processes/demo.ts")).demo(given)
    case "owner-link":
      return (await import("./processes/owner-link.ts")).ownerLink(given)
    case "backup":
      return (await import("./processes/backup.ts")).backup(given)
    case "restore":
      return (await import("./processes/restore.ts")).restore(given)
    case "move":
      return (await import("./processes/move.ts")).move(given)
  }
}

/** The one flag commands share; null, with a line that says so, for anything else. */
function readFlags(name: string, words: readonly string[]): boolean | null {
  try {
    return parseArgs({ args: [...words], options: { supervised: { type: "boolean" } } }).values.supervised ?? false
  } catch {
    terminal.complain(
      `"sluice ${name}" takes no arguments, but got: ${words.join(" ")}. "sluice ${name} --help" explains it.`,
    )
    return null
  }
}

function help(subject: string | undefined): number {
  if (subject === "configuration") terminal.say(describeVariables())
  // What `npm start -- --help` shows: for many the only door to the rest.
  else if (subject === "start")
    terminal.say([describeCommand("start"), describeCommands(), describeVariables()].join("\n"))
  else if (subject && isCommandName(subject)) terminal.say(describeCommand(subject))
  else if (subject) return complainOfCommand(subject)
  else terminal.say(describeCommands())
  return 0
}

function complainOfCommand(name: string): number {
  const nearest = nearestName(name, commandNames)
  const guess = nearest ? ` Did you mean "${nearest}"?` : ""
  terminal.complain(`There is no command "${name}".${guess} "sluice help" lists them.`)
  return 2
}

function toText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const isForPeople = error instanceof Refusal || error instanceof MasterKeyError || error instanceof ArchiveError
  return isForPeople ? error.message : (error.stack ?? error.message)
}

run(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    terminal.complain(toText(error))
    process.exit(1)
  },
)
