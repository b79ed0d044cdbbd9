import { readdirSync, readFileSync } from "node:fs"

/** A process of this machine, as /proc tells it. */
export interface RunningProcess {
  readonly pid: number
  readonly parent: number
  readonly command: string
}

/** Every process, children of `ancestor` and theirs, at any depth. */
export function descendantsOf(ancestor: number): readonly RunningProcess[] {
  const all = listProcesses()
  const found: RunningProcess[] = []
  const seek = (parent: number): void => {
    for (const process of all.filter((candidate) => candidate.parent === parent)) {
      found.push(process)
      seek(process.pid)
    }
  }
  seek(ancestor)
  return found
}

/** The descendants whose command line has this word after the program's name (`control`, `gateway`). */
export function findChild(ancestor: number, word: string): RunningProcess | null {
  return descendantsOf(ancestor).find((process) => process.command.split("\0").slice(1).includes(word)) ?? null
}

function listProcesses(): RunningProcess[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, "latin1")
        const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
        if (fields[0] === "Z") return []
        return [
          { pid: Number(name), parent: Number(fields[1]), command: readFileSync(`/proc/${name}/cmdline`, "latin1") },
        ]
      } catch {
        return []
      }
    })
}
