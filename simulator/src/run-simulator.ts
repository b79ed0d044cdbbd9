import { readFileSync } from "node:fs"
import { type CommandLine, help, parseCommandLine } from "./command-line.ts"
import { readSchedule, type ScheduledFault } from "./fault-plan.ts"
import { type Simulator, startSimulator } from "./simulator.ts"

/** Where a command speaks. */
export interface CommandOutput {
  say(text: string): void
  complain(text: string): void
}

/**
 * Runs `sluice simulate` with the arguments after the command's name. Answers the running simulator, or the exit code
 * when there is nothing to run: 0 after help, 2 for arguments that cannot be read, 1 when the port cannot be had.
 */
export async function runSimulator(args: readonly string[], output: CommandOutput): Promise<Simulator | number> {
  let line: CommandLine | null
  let schedule: readonly ScheduledFault[]
  try {
    line = parseCommandLine(args)
    if (line === null) {
      output.say(help)
      return 0
    }
    schedule = line.scheduleFile === null ? [] : readScheduleFile(line.scheduleFile)
  } catch (error) {
    output.complain(`${messageOf(error)}\nRun with --help to see every option.\n`)
    return 2
  }
  try {
    const simulator = await startSimulator({ ...line, schedule })
    output.say(
      `The simulator listens on ${simulator.url}\n` +
        `  OpenAI and Anthropic SDKs: base URL ${simulator.url}/v1 and ${simulator.url}, Gemini: ${simulator.url}\n` +
        '  Any key works that does not contain "invalid". Ctrl-C ends it.\n',
    )
    return simulator
  } catch (error) {
    output.complain(explainStart(error, line))
    return 1
  }
}

function readScheduleFile(path: string): readonly ScheduledFault[] {
  try {
    return readSchedule(JSON.parse(readFileSync(path, "utf8")))
  } catch (error) {
    throw new RangeError(`--schedule ${path}: ${messageOf(error)}`)
  }
}

function explainStart(error: unknown, line: CommandLine): string {
  const code = error instanceof Error && "code" in error ? error.code : null
  if (code === "EADDRINUSE") {
    return (
      `Port ${line.port} on ${line.host} is in use. Is another simulator running?\n` +
      `Choose another with --port ${line.port + 1}, or let the system choose with --port 0.\n`
    )
  }
  if (code === "EADDRNOTAVAIL") return `This machine has no address ${line.host}. Try --host 127.0.0.1.\n`
  if (code === "EACCES") return `Port ${line.port} needs more rights than this process has. Try one above 1023.\n`
  return `${messageOf(error)}\n`
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
