import { readFile } from "node:fs/promises"

/** What tells one process from another that got its number later: the number and when it started. */
export interface ProcessMark {
  readonly pid: number
  /** Clock ticks since boot at which it started (proc(5), field 22); null where there is no /proc. */
  readonly started: string | null
}

async function startOf(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "latin1")
    // The command may hold spaces and brackets; fields are counted after its last bracket.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null
  } catch {
    return null
  }
}

/** The mark of this process. */
export async function markOwn(): Promise<ProcessMark> {
  return { pid: process.pid, started: await startOf(process.pid) }
}

/** Whether the process of a mark still runs. */
export async function isRunning(mark: ProcessMark): Promise<boolean> {
  try {
    process.kill(mark.pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false
  }
  return mark.started === null || (await startOf(mark.pid)) === mark.started
}
