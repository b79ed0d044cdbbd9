import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { root } from "./build.mjs"

/** The key every started stack accepts, with every scope. */
export const stackKey = `slk_${"k".repeat(32)}`

/**
 * Starts a whole installation against the simulator, in a new data folder and on free ports, and waits until it serves.
 * `environment` is laid over a clean one.
 * @throws Error with what it printed when it does not serve within a minute
 */
export async function startStack(environment = {}) {
  const folder = mkdtempSync(join(tmpdir(), "sluice-stack-"))
  const simulatorPort = await findFreePort()
  const simulator = startProcess(["simulator/dist/main.js", "--port", String(simulatorPort)], {})
  const simulatorUrl = `http://127.0.0.1:${simulatorPort}`
  const product = startProcess(["server/dist/main.js", "start"], {
    SLUICE_DATA_DIR: folder,
    SLUICE_GATEWAY_PORT: "0",
    SLUICE_API_PORT: "0",
    SLUICE_METRICS_PORT: "0",
    SLUICE_BOOTSTRAP_KEY: stackKey,
    SLUICE_LOG_LEVEL: "warn",
    OPENAI_API_KEY: "sk-simulated",
    ANTHROPIC_API_KEY: "sk-simulated",
    GEMINI_API_KEY: "simulated",
    SLUICE_PROVIDER_OPENAI_BASE_URL: simulatorUrl,
    SLUICE_PROVIDER_ANTHROPIC_BASE_URL: simulatorUrl,
    SLUICE_PROVIDER_GEMINI_BASE_URL: simulatorUrl,
    ...environment,
  })
  const stop = async () => {
    const code = await product.stop()
    await simulator.stop()
    rmSync(folder, { recursive: true, force: true })
    return code
  }
  try {
    await waitUntil(async () => (await fetch(`${simulatorUrl}/healthz`)).ok, simulator)
    await waitUntil(() => Promise.resolve(addressIn(product.output(), "Gateway") !== null), product)
    return {
      gatewayUrl: addressIn(product.output(), "Gateway"),
      apiUrl: addressIn(product.output(), "Dashboard"),
      metricsUrl: addressIn(product.output(), "Metrics"),
      simulatorUrl,
      pid: product.pid,
      output: product.output,
      /** Stops everything in order and gives the product's exit code. */
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The address that the product printed beside a title. */
export function addressIn(output, title) {
  return new RegExp(`^ *${title} +(https?://\\S+)`, "m").exec(output)?.[1] ?? null
}

/** Waits for `isTrue`, and fails as soon as the process is gone or a minute has passed. A refused connection is "not yet". */
async function waitUntil(isTrue, owner) {
  const deadline = performance.now() + 60_000
  while (!(await isTrue().catch(() => false))) {
    if (owner.hasEnded()) throw new Error(`it ended before it served:\n${owner.output()}`)
    if (performance.now() > deadline) throw new Error(`it does not serve after a minute:\n${owner.output()}`)
    await sleep(50)
  }
}

/** What a person's shell may hold must not reach a measurement. */
function cleanEnvironment() {
  const own = /^(SLUICE_|DATABASE_URL$|REDIS_URL$|(OPENAI|ANTHROPIC|GEMINI|GOOGLE|GROQ)_API_KEY$|NODE_OPTIONS$)/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)))
}

function startProcess(args, environment) {
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...cleanEnvironment(), ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  })
  let output = ""
  let ended = false
  const exit = new Promise((resolve) => {
    child.once("exit", (code, signal) => {
      ended = true
      resolve(code ?? signal)
    })
  })
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      output = (output + text).slice(-100_000)
    })
  }
  return {
    pid: child.pid,
    output: () => output,
    hasEnded: () => ended,
    async stop() {
      if (!ended) child.kill("SIGTERM")
      const timer = setTimeout(() => child.kill("SIGKILL"), 60_000)
      const code = await exit
      clearTimeout(timer)
      return code
    },
  }
}

function findFreePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}
