import { runDemoTraffic } from "@sluice/simulator/demo-traffic"
import { type Simulator, startSimulator } from "@sluice/simulator/simulator"
import { type Config, processEnvironment, readConfig } from "../config.ts"
import { deriveKey } from "../platform/crypto.ts"
import type { CommandInput } from "./command-input.ts"
import { loadKeys } from "./control-address.ts"
import { Refusal } from "./refusal.ts"
import { runProcess } from "./run-process.ts"
import { type InstallationOptions, type RunningInstallation, startInstallation } from "./start.ts"

/** The demonstration's own folder, unless another is named: it must never be mistaken for real data. */
const demoFolder = ".sluice-demo"

/** As a real provider's answers take their time. */
const firstTokenMs = { median: 250, p95: 900 }
const betweenTokensMs = { median: 9, p95: 30 }

/** `sluice demo`: everything against the simulator, with made-up history and traffic. Gives the exit code. */
export async function demo({ config, terminal }: CommandInput): Promise<number> {
  return runProcess({
    supervised: false,
    graceMs: config.stopGraceMs,
    announce: () => {},
    async start(_announce, signal) {
      const simulator = await startSimulator({ port: 0, ttftMs: firstTokenMs, interTokenMs: betweenTokensMs })
      try {
        const { key, ...options } = prepare(simulator)
        terminal.say("This is a demonstration: its providers, its history and its traffic are made up.")
        const installation = await startInstallation({ ...options, terminal, signal })
        return runTraffic(installation, simulator, key)
      } catch (error) {
        await simulator.close()
        throw error
      }
    },
  })
}

function runTraffic(installation: RunningInstallation, simulator: Simulator, key: string): RunningInstallation {
  const stopTraffic = new AbortController()
  const gatewayUrl = installation.addresses.gateway ?? ""
  const traffic = runDemoTraffic({ gatewayUrl, key, signal: stopTraffic.signal })
  return {
    ...installation,
    async stop(graceMs) {
      stopTraffic.abort()
      await traffic
      await installation.stop(graceMs)
      await simulator.close()
    },
  }
}

/** The environment of a demonstration: provider keys that a person has set are not for it. */
function prepare(simulator: Simulator): Pick<InstallationOptions, "config" | "environment"> & { readonly key: string } {
  const found = processEnvironment()
  const environment: Record<string, string> = {
    SLUICE_DATA_DIR: found.SLUICE_DATA_DIR || demoFolder,
    SLUICE_DEMO: "true",
    SLUICE_ALLOW_PRIVATE_UPSTREAMS: "true",
    OPENAI_API_KEY: "sk-demo",
    ANTHROPIC_API_KEY: "sk-demo",
    GEMINI_API_KEY: "demo",
    GOOGLE_API_KEY: "",
    GROQ_API_KEY: "sk-demo",
    SLUICE_PROVIDER_OPENAI_BASE_URL: simulator.url,
    SLUICE_PROVIDER_ANTHROPIC_BASE_URL: simulator.url,
    SLUICE_PROVIDER_GEMINI_BASE_URL: simulator.url,
    SLUICE_PROVIDER_GROQ_BASE_URL: simulator.url,
  }
  // The same at every start, and known to nobody else: what follows from the installation's own master key.
  const { masterKey } = loadKeys(read(environment))
  const key = `slk_demo${deriveKey(masterKey, "demo traffic").toString("hex").slice(0, 40)}`
  environment.SLUICE_BOOTSTRAP_KEY = key
  return { config: read(environment), environment, key }
}

function read(environment: Readonly<Record<string, string>>): Config {
  const { config, mistakes } = readConfig({ ...processEnvironment(), ...environment }, process.cwd())
  if (!config) throw new Refusal(mistakes.join("\n"))
  return config
}
