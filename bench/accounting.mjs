import { readdirSync, readFileSync } from "node:fs"

/** Parent and command line of every process of this machine, as /proc tells them. */
function listProcesses() {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, "latin1")
        const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
        if (fields[0] === "Z") return []
        const words = readFileSync(`/proc/${name}/cmdline`, "latin1").split("\0")
        return [{ pid: Number(name), parent: Number(fields[1]), words }]
      } catch {
        return []
      }
    })
}

/** A process and everything below it. */
export function familyOf(ancestor) {
  const all = listProcesses()
  const found = all.filter(({ pid }) => pid === ancestor)
  for (const member of found) found.push(...all.filter(({ parent }) => parent === member.pid))
  return found
}

/**
 * Processor time of processes, in microseconds, all their threads included, from the scheduler's own books: /proc/…/schedstat
 * counts nanoseconds; where a kernel has none, /proc/…/stat counts ticks of ten milliseconds.
 */
export function cpuMicros(pids) {
  return pids.reduce((sum, pid) => sum + (threadMicros(pid) ?? tickMicros(pid)), 0)
}

function threadMicros(pid) {
  try {
    let nanoseconds = 0
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "latin1").split(" ")[0])
    }
    return nanoseconds / 1000
  } catch {
    return null
  }
}

function tickMicros(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1")
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
    return (Number(fields[11]) + Number(fields[12])) * 10_000
  } catch {
    return 0
  }
}

/** Resident memory of processes in megabytes (10⁶ bytes). */
export function residentMegabytes(pids) {
  return pids.reduce((sum, pid) => {
    try {
      return sum + (Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1] ?? 0) * 1024) / 1e6
    } catch {
      return sum
    }
  }, 0)
}
