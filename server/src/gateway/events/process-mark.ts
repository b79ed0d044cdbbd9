import { readFile } from "node:fs/promises"

/** What tells one process from another that got its number later: the number and when it started. */
export interface ProcessMark {
  readonly pid: number
  /** Clock ticks since boot at which it started (proc(5), field 22); 0 where there is no /proc. */
  readonly started: number
}

/** The mark of this process. */
export async function markOwn(): Promise<ProcessMark> {
  return { pid: process.pid, started: await startOf(process.pid) }
}

/** A mark as part of a file name. */
export const toMarkText = ({ pid, started }: ProcessMark): string => `${pid}-${started}`

/** The mark at the end of a name that `toMarkText` is the extension of; null when it has none. */
export function parseMark(name: string): ProcessMark | null {
  const found = /\.(\d{1,10})-(\d{1,15})$/.exec(name)
  return found ? { pid: Number(found[1]), started: Number(found[2]) } : null
}

/** Whether the process of a mark still runs. In doubt it does. */
export async function isRunning(mark: ProcessMark): Promise<boolean> {
  try {
    process.kill(mark.pid, 0)
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false
  }
  const started = await startOf(mark.pid)
  return mark.started === 0 || started === 0 || started === mark.started
}

async function startOf(pid: number): Promise<number> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "latin1")
    // The command may hold spaces and brackets; fields are counted after its last bracket.
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? 0)
  } catch {
    return 0
  }
}
