import { availableParallelism } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import type { Config } from "../config.ts"
import { systemClock } from "../platform/clock.ts"
import { acquireDataLock, type DataLock } from "../platform/database/lock.ts"
import { credentialVariables } from "../provider-variables.ts"
import { checkPorts } from "./check-ports.ts"
import type { CommandInput, Terminal } from "./command-input.ts"
import { controlUrlOf, loadKeys } from "./control-address.ts"
import { type MetricsServer, startMetricsServer } from "./metrics-server.ts"
import { prepareDataFolder } from "./prepare-data-folder.ts"
import { Refusal } from "./refusal.ts"
import { renderMetrics } from "./render-metrics.ts"
import { type RunningProcess, runProcess } from "./run-process.ts"
import { Supervisor } from "./supervisor.ts"
import { describeAddresses, describeExposure, describeFirstStart } from "./welcome.ts"

/** How long a scrape waits for one process, in milliseconds: less than Prometheus waits for us. */
const scrapeTimeoutMs = 2000

/** How long processes that an earlier supervisor left are given to go, in milliseconds. */
const handoverMs = 10_000

/** `sluice start`: everything on one machine, until it is told to stop. Gives the exit code. */
export async function start({ config, terminal }: CommandInput): Promise<number> {
  return runProcess({
    supervised: false,
    graceMs: config.stopGraceMs,
    announce: () => {},
    start: (_announce, signal) => startInstallation({ config, terminal, signal }),
  })
}

/** What an installation on one machine is started with. */
export interface InstallationOptions {
  readonly config: Config
  readonly terminal: Terminal
  readonly signal: AbortSignal
  /** Laid over this process's environment for every child; `config` was read from the result. */
  readonly environment?: Readonly<Record<string, string>>
}

/** An installation that serves. */
export interface RunningInstallation extends RunningProcess {
  readonly addresses: Readonly<Record<string, string>>
}

/**
 * Starts control and the gateways and tells the terminal where they are.
 * @throws Refusal when a port or the data folder is taken, or a child did not start
 */
export async function startInstallation(options: InstallationOptions): Promise<RunningInstallation> {
  const { config, terminal, signal } = options
  const startedAt = systemClock.monotonic()
  await refuseTakenPorts(config, signal)
  const lock = await lockDataDir(config.dataDir)
  const supervisor = createSupervisor(options, loadKeys(config).controlToken)
  // However this process ends, a second signal included, it leaves nothing behind.
  process.once("exit", () => supervisor.kill())
  signal.addEventListener("abort", () => void supervisor.stop())
  const stopAll = async () => {
    await supervisor.stop()
    await lock.release()
  }
  let metrics: MetricsServer | null = null
  try {
    const begun = await supervisor.start()
    if (!begun) throw new Refusal(signal.aborted ? "Stopped before it served." : "Sluice did not start.")
    metrics = await startMetricsServer(config.metricsPort, () => renderMetrics(supervisor.children, scrapeTimeoutMs))
  } catch (error) {
    await stopAll()
    throw error
  }
  const seconds = ((systemClock.monotonic() - startedAt) / 1000).toFixed(1)
  const addresses = { ...supervisor.addresses, metrics: metrics.url }
  terminal.say(`Sluice is ready after ${seconds} s. Ctrl-C stops it.\n\n${describeAddresses(addresses, config)}`)
  const exposure = describeExposure(config)
  if (exposure) terminal.complain(exposure)
  return {
    addresses,
    samples: () => null,
    async stop() {
      terminal.say("Stopping: requests under way are finished first. Ctrl-C again ends them.")
      await stopAll()
      await metrics?.close()
    },
  }
}

function createSupervisor({ config, terminal, environment = {} }: InstallationOptions, token: string): Supervisor {
  return new Supervisor({
    entry: fileURLToPath(new URL("./main.js", import.meta.url)),
    gatewayProcesses: config.gatewayProcesses,
    cores: availableParallelism(),
    stopGraceMs: config.stopGraceMs,
    environment: {
      control: { ...environment, SLUICE_CONTROL_TOKEN: token },
      gateway: {
        ...environment,
        ...withoutSecrets(),
        SLUICE_CONTROL_TOKEN: token,
        SLUICE_CONTROL_URL: controlUrlOf(config),
        // Its default follows from the database, which a gateway is not told of.
        SLUICE_ALLOW_PRIVATE_UPSTREAMS: String(config.allowPrivateUpstreams),
      },
    },
    portVariables: { gateway: "SLUICE_GATEWAY_PORT", api: "SLUICE_API_PORT" },
    clock: systemClock,
    say: terminal.complain,
    onControlReady: ({ made }) => {
      if (made) terminal.say(describeFirstStart(made, terminal.isPerson, config))
    },
  })
}

/** A gateway gets what it needs through its snapshot: the database, the master key and provider keys are not for it. */
function withoutSecrets(): Record<string, string> {
  const names = ["DATABASE_URL", "PGPASSWORD", "SLUICE_MASTER_KEY", "SLUICE_MASTER_KEY_FILE", "SLUICE_BOOTSTRAP_KEY"]
  return Object.fromEntries([...names, ...credentialVariables.map(([name]) => name)].map((name) => [name, ""]))
}

/** Children of a killed supervisor finish what they serve before they let go of a port; they are waited for. */
async function refuseTakenPorts(config: Config, signal: AbortSignal): Promise<void> {
  const wanted = [
    { host: config.host, port: config.gatewayPort, variable: "SLUICE_GATEWAY_PORT" },
    { host: config.host, port: config.apiPort, variable: "SLUICE_API_PORT" },
    { host: "127.0.0.1", port: config.metricsPort, variable: "SLUICE_METRICS_PORT" },
  ]
  const deadline = systemClock.monotonic() + handoverMs
  for (let lines = await checkPorts(wanted); lines.length > 0; lines = await checkPorts(wanted)) {
    const mayPass = lines.every((line) => line.includes(" --supervised)"))
    if (!mayPass || systemClock.monotonic() > deadline) throw new Refusal(lines.join("\n"))
    await sleep(100, undefined, { signal })
  }
}

/** Two installations must not share sockets and spool either; the database has a lock of its own inside control. */
async function lockDataDir(dataDir: string): Promise<DataLock> {
  const folder = join(dataDir, "supervisor")
  prepareDataFolder(folder, dataDir)
  try {
    return await acquireDataLock(folder, { clock: systemClock })
  } catch (error) {
    throw new Refusal(error instanceof Error ? error.message.replace(folder, dataDir) : String(error))
  }
}
