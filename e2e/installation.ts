import { type ChildProcess, spawn } from "node:child_process"
import { mkdtemp, rm } from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { type Simulator, startSimulator } from "@sluice/simulator/simulator"

/** The whole product as a user has it: `sluice start` from the built files, in a data directory of its own. */
export interface Installation {
  readonly gatewayUrl: string
  readonly apiUrl: string
  readonly metricsUrl: string
  /** The bootstrap key; it has every scope. */
  readonly key: string
  readonly dataDir: string
  readonly simulator: Simulator
  readonly process: ChildProcess
  /** Everything the processes printed so far. */
  output(): string
  /** A call of the management API, answered with its JSON. Throws on a status of 400 and above. */
  api<Body>(path: string, init?: { method?: string; body?: unknown }): Promise<Body>
  /** Stops it as a terminal would, or as told; resolves with the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
  /** Stops it if it runs, and takes its data directory away. */
  remove(): Promise<void>
}

export interface InstallationOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Kept when given: to start again on what an earlier run left. */
  readonly dataDir?: string
  readonly ports?: { readonly gateway: number; readonly api: number; readonly metrics: number }
  readonly simulator?: Simulator
}

const root = fileURLToPath(new URL("..", import.meta.url))
export const bootstrapKey = "slk_e2eBootstrapKey0000000000000000000"
export const providerSecrets = {
  openai: "sk-e2e-openai-0123456789abcdef",
  anthropic: "sk-ant-e2e-anthropic-0123456789",
  gemini: "AIzaE2eGemini0123456789abcdef",
  groq: "gsk_e2eGroq0123456789abcdef",
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const server = createServer()
    server.once("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0))
    })
  })
}

/** Repeats a question until its answer is not null, for at most `timeoutMs`. */
export async function until<Answer>(
  what: string,
  ask: () => Promise<Answer | null> | Answer | null,
  timeoutMs = 15_000,
): Promise<Answer> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const answer = await ask()
    if (answer !== null) return answer
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

/**
 * Starts an installation whose providers are all the simulator, and waits until it serves.
 * @throws Error with what was printed, when it ends or does not get ready within a minute
 */
export async function startInstallation(options: InstallationOptions = {}): Promise<Installation> {
  const simulator = options.simulator ?? (await startSimulator({ port: 0 }))
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), "sluice-e2e-")))
  const ports = options.ports ?? { gateway: await freePort(), api: await freePort(), metrics: await freePort() }
  const child = spawn(process.execPath, [join(root, "server/dist/main.js"), "start"], {
    cwd: dataDir,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: process.env.PATH ?? "",
      SLUICE_DATA_DIR: join(dataDir, "data"),
      SLUICE_GATEWAY_PORT: String(ports.gateway),
      SLUICE_API_PORT: String(ports.api),
      SLUICE_METRICS_PORT: String(ports.metrics),
      SLUICE_BOOTSTRAP_KEY: bootstrapKey,
      OPENAI_API_KEY: providerSecrets.openai,
      ANTHROPIC_API_KEY: providerSecrets.anthropic,
      GEMINI_API_KEY: providerSecrets.gemini,
      GROQ_API_KEY: providerSecrets.groq,
      SLUICE_PROVIDER_OPENAI_BASE_URL: simulator.url,
      SLUICE_PROVIDER_ANTHROPIC_BASE_URL: simulator.url,
      SLUICE_PROVIDER_GEMINI_BASE_URL: simulator.url,
      SLUICE_PROVIDER_GROQ_BASE_URL: simulator.url,
      ...options.env,
    },
  })
  let output = ""
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => (output += chunk.toString()))
  const exited = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)))
  const gatewayUrl = `http://127.0.0.1:${ports.gateway}`
  const apiUrl = `http://127.0.0.1:${ports.api}`
  await until(
    "the gateway to be ready",
    async () => {
      if (child.exitCode !== null) throw new Error(`sluice start ended with ${child.exitCode}:\n${output}`)
      return (await isReady(gatewayUrl)) ? true : null
    },
    60_000,
  ).catch((error: Error) => {
    child.kill("SIGKILL")
    throw new Error(`${error.message}\n${output}`)
  })
  const stop = async (signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    return await exited
  }
  return {
    gatewayUrl,
    apiUrl,
    metricsUrl: `http://127.0.0.1:${ports.metrics}`,
    key: bootstrapKey,
    dataDir: join(dataDir, "data"),
    simulator,
    process: child,
    output: () => output,
    api: (path, init) => callApi(`${apiUrl}/api/v1/${path}`, init),
    stop,
    remove: async () => {
      await stop()
      if (!options.simulator) await simulator.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

async function isReady(gatewayUrl: string): Promise<boolean> {
  try {
    return (await fetch(`${gatewayUrl}/readyz`)).status === 200
  } catch {
    return false
  }
}

async function callApi<Body>(url: string, init: { method?: string; body?: unknown } = {}): Promise<Body> {
  const answer = await fetch(url, {
    method: init.method ?? "GET",
    headers: { authorization: `Bearer ${bootstrapKey}`, "content-type": "application/json" },
    ...(init.body === undefined ? {} : { body: JSON.stringify(init.body) }),
  })
  const text = await answer.text()
  if (answer.status >= 400) throw new Error(`${init.method ?? "GET"} ${url} answered ${answer.status}: ${text}`)
  return (text === "" ? null : JSON.parse(text)) as Body
}
