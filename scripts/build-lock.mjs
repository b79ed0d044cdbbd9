import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"

/** Longer than any build takes; a holder that is this late is stuck, and says so to whoever waits. */
const patienceMs = 180_000

/**
 * Runs `work` while no other process on this machine runs its own under the same path. A lock left behind by a process
 * that is gone is taken over.
 * @throws Error naming the holder when it does not finish within three minutes
 */
export async function withBuildLock(path, work) {
  mkdirSync(dirname(path), { recursive: true })
  const deadline = performance.now() + patienceMs
  while (!tryToLock(path)) {
    const holder = readHolder(path)
    if (holder !== null && !isAlive(holder)) rmSync(path, { force: true })
    else if (performance.now() > deadline) throw new Error(`process ${holder} has been building for too long (${path})`)
    else await sleep(100)
  }
  try {
    return await work()
  } finally {
    rmSync(path, { force: true })
  }
}

function tryToLock(path) {
  try {
    writeFileSync(path, String(process.pid), { flag: "wx" })
    return true
  } catch (error) {
    if (error.code === "EEXIST") return false
    throw error
  }
}

/** Null while the holder is between making the file and writing its number. */
function readHolder(path) {
  if (!existsSync(path)) return null
  const pid = Number(readFileSync(path, "utf8"))
  return Number.isInteger(pid) && pid > 0 ? pid : null
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === "EPERM"
  }
}
