import { spawn, spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { availableParallelism, tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"

/** Everything that was started and has not ended. */
const running = new Set()
/** Every folder that was made and not taken away. */
const folders = new Set()

/** A new folder for what a row writes; taken away when the benchmark ends in whatever way. */
export function makeFolder() {
  const folder = mkdtempSync(join(tmpdir(), "sluice-bench-"))
  folders.add(folder)
  return folder
}

/** Takes such a folder away now. */
export function removeFolder(folder) {
  folders.delete(folder)
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
}

/** What a person's shell may hold must not reach a measurement. */
function cleanEnvironment() {
  const own = /^(SLUICE_|DATABASE_URL$|REDIS_URL$|(OPENAI|ANTHROPIC|GEMINI|GOOGLE|GROQ)_API_KEY$|NODE_OPTIONS$|npm_)/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)))
}

/**
 * Starts a process in a group of its own; it is ended, with its children, when the benchmark ends in whatever way.
 * @param cores a list for taskset(1) such as `0` or `2,3`; null for all of the machine
 */
export function startProcess(command, args, { environment = {}, cwd, cores = null } = {}) {
  const words = cores === null ? [command, ...args] : ["taskset", "-c", cores, command, ...args]
  const child = spawn(words[0], words.slice(1), {
    cwd,
    detached: true,
    env: { ...cleanEnvironment(), ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  })
  let output = ""
  let stdout = ""
  const started = { pid: child.pid, ended: false, output: () => output, stdout: () => stdout }
  child.stdout.setEncoding("utf8").on("data", (text) => {
    stdout += text
    output = (output + text).slice(-100_000)
  })
  child.stderr.setEncoding("utf8").on("data", (text) => {
    output = (output + text).slice(-100_000)
  })
  started.exit = new Promise((resolve) => {
    const settle = (code) => {
      started.ended = true
      running.delete(started)
      resolve(code)
    }
    child.once("error", (error) => {
      output += error.message
      settle(127)
    })
    child.once("close", (code, signal) => settle(code ?? signal))
  })
  started.stop = async (graceMs = 15_000) => {
    killGroup(started, "SIGTERM")
    const timer = setTimeout(() => killGroup(started, "SIGKILL"), graceMs)
    const code = await started.exit
    clearTimeout(timer)
    killGroup({ ...started, ended: false }, "SIGKILL")
    return code
  }
  running.add(started)
  return started
}

function killGroup({ pid, ended }, signal) {
  if (ended || !pid) return
  try {
    process.kill(-pid, signal)
  } catch {
    // The group is gone.
  }
}

/** Runs a process to its end and gives what it printed. @throws Error with its output when it fails or takes too long */
export async function runProcess(command, args, { timeoutMs, ...options } = {}) {
  const started = startProcess(command, args, options)
  const timer = setTimeout(() => killGroup(started, "SIGKILL"), timeoutMs ?? 120_000)
  const code = await started.exit
  clearTimeout(timer)
  if (code !== 0) throw new Error(`${command} ended with ${code}:\n${started.output().slice(-2000)}`)
  return started.stdout()
}

/** Ends what still runs, at once, and takes every folder away: the last thing a benchmark does. */
export function killEverything() {
  for (const started of running) killGroup(started, "SIGKILL")
  for (const folder of folders) removeFolder(folder)
}

/** Ctrl-C and a closed terminal end the children too; nothing else may outlive the benchmark. */
export function cleanUpOnSignals() {
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ]) {
    process.once(signal, () => {
      killEverything()
      process.exit(code)
    })
  }
  process.once("exit", killEverything)
}

/** Waits until `ask` gives something other than null, false or an error. @throws Error when the owner ends or time is up */
export async function waitFor(what, ask, { owner = null, timeoutMs = 60_000 } = {}) {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const answer = await Promise.resolve()
      .then(ask)
      .catch(() => null)
    if (answer !== null && answer !== undefined && answer !== false) return answer
    if (owner?.ended) throw new Error(`it ended before ${what}:\n${owner.output().slice(-4000)}`)
    if (performance.now() > deadline)
      throw new Error(`waited in vain for ${what}:\n${owner?.output().slice(-4000) ?? ""}`)
    await sleep(50)
  }
}

/** A port that was free a moment ago. */
export function findFreePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

/** Whether a program is there to be run. */
export const hasProgram = (name) => spawnSync("sh", ["-c", `command -v ${name}`]).status === 0

/**
 * Which cores carry the load (generator and upstream) and which what is measured, so that neither takes time from the other;
 * both null (the whole machine) where they cannot be told apart.
 */
export function planCores(isWanted) {
  const count = availableParallelism()
  if (!isWanted || count < 2 || !hasProgram("taskset")) return { load: null, measured: null, all: null }
  const half = Math.floor(count / 2)
  const range = (from, to) => (from === to ? String(from) : `${from}-${to}`)
  return { load: range(0, half - 1), measured: range(half, count - 1), all: range(0, count - 1) }
}

/** Binds all threads of a running process to some cores. */
export function bindToCores(pid, cores) {
  if (cores !== null) spawnSync("taskset", ["-a", "-c", "-p", cores, String(pid)], { stdio: "ignore" })
}
