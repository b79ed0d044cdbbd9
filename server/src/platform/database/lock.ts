import { link, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises"
import { hostname } from "node:os"
import { join } from "node:path"
import type { Clock } from "../clock.ts"
import { systemTimers, type Timers } from "./timers.ts"

/** A data directory held for this process. */
export interface DataLock {
  /** Lets go. Twice does no harm. */
  release(): Promise<void>
}

export interface DataLockOptions {
  readonly clock: Clock
  readonly timers?: Timers
}

interface Owner {
  readonly pid: number
  /** When the process started, in the kernel's ticks since boot: tells it from a later one with its number. */
  readonly startedAt: string | null
  readonly host: string
}

/** How often a holder says that it is there, and for how long another machine (or container) believes it; milliseconds. */
const beatEveryMs = 5000
const beatHoldsMs = 20_000

let draftsMade = 0

/**
 * Holds a data directory for this process, because two processes that write one embedded database destroy it and the
 * database itself does not notice. A holder that died, even by kill -9, is recognised: its process is gone, or its number
 * now belongs to a process that started later. A holder on another machine or in another container cannot be looked up,
 * so it counts as there until it has been silent for twenty seconds.
 * @throws Error that names the holder's process
 */
export async function acquireDataLock(directory: string, options: DataLockOptions): Promise<DataLock> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const owner: Owner = { pid: process.pid, startedAt: await readStartTime(process.pid), host: hostname() }
  draftsMade += 1
  const draft = join(directory, `lock-draft.${process.pid}.${draftsMade}`)
  await writeFile(draft, JSON.stringify(owner), { mode: 0o600 })
  try {
    const path = await claim(directory, draft, options.clock)
    return hold(path, options)
  } finally {
    await rm(draft, { force: true })
  }
}

/**
 * Each holder's file has a number one higher than its predecessor's and appears whole (a link), so of several processes
 * that find the same dead holder only one gets the next number. It then looks again for anyone else who is alive.
 */
async function claim(directory: string, draft: string, clock: Clock): Promise<string> {
  const before = await readLocks(directory)
  await refuseAlive(directory, before, clock)
  const path = join(directory, lockName((before.at(-1) ?? 0) + 1))
  try {
    await link(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error
    await refuseAlive(directory, await readLocks(directory), clock)
    throw new Error(`another process is just opening ${directory}; try again`)
  }
  try {
    const others = (await readLocks(directory)).filter((number) => join(directory, lockName(number)) !== path)
    await refuseAlive(directory, others, clock)
    for (const number of others) await rm(join(directory, lockName(number)), { force: true })
    return path
  } catch (error) {
    await rm(path, { force: true })
    throw error
  }
}

const lockName = (number: number) => `lock.${number}`

async function readLocks(directory: string): Promise<readonly number[]> {
  const numbers = (await readdir(directory)).map((name) => Number(/^lock\.(\d+)$/.exec(name)?.[1] ?? Number.NaN))
  return numbers.filter(Number.isSafeInteger).sort((a, b) => a - b)
}

async function refuseAlive(directory: string, numbers: readonly number[], clock: Clock): Promise<void> {
  for (const number of numbers) {
    const path = join(directory, lockName(number))
    const text = await readFile(path, "utf8").catch(() => null)
    const owner = text === null ? null : parseOwner(text)
    if (!owner) continue
    if (owner.host === hostname()) {
      if (!(await isRunning(owner))) continue
      throw new Error(
        `${directory} is in use by process ${owner.pid}; stop it first, or give this one another data directory`,
      )
    }
    const seen = await stat(path).catch(() => null)
    const silentMs = seen === null ? Number.POSITIVE_INFINITY : clock.now() - seen.mtimeMs
    if (silentMs > beatHoldsMs) continue
    throw new Error(
      `${directory} is in use by process ${owner.pid} on ${owner.host}, last seen ${Math.max(0, Math.round(silentMs / 1000))} s ago; ` +
        `stop it first, or wait ${beatHoldsMs / 1000} s if it is gone`,
    )
  }
}

function parseOwner(text: string): Owner | null {
  try {
    const owner = JSON.parse(text) as Partial<Owner> | null
    if (typeof owner?.pid !== "number" || typeof owner.host !== "string") return null
    return { pid: owner.pid, host: owner.host, startedAt: owner.startedAt ?? null }
  } catch {
    return null
  }
}

async function isRunning(owner: Owner): Promise<boolean> {
  try {
    process.kill(owner.pid, 0)
  } catch (error) {
    // EPERM: it is there, and someone else's.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false
  }
  const startedAt = await readStartTime(owner.pid)
  return startedAt === null || (startedAt !== "ended" && (owner.startedAt === null || startedAt === owner.startedAt))
}

/**
 * Field 22 of `/proc/<pid>/stat` (proc(5)), counted after the name, which may hold anything; null where there is none. A
 * process that ended and was not yet collected by its parent answers "ended": it holds nothing any more.
 */
async function readStartTime(pid: number): Promise<string | null> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null)
  if (text === null) return null
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ")
  return fields[0] === "Z" || fields[0] === "X" ? "ended" : (fields[19] ?? null)
}

function hold(path: string, { clock, timers = systemTimers }: DataLockOptions): DataLock {
  let stop = () => {}
  const beat = () => {
    const now = new Date(clock.now())
    // The directory may be gone while we shut down.
    utimes(path, now, now).catch(() => {})
    stop = timers.after(beatEveryMs, beat)
  }
  beat()
  return {
    async release() {
      stop()
      await rm(path, { force: true })
    },
  }
}
