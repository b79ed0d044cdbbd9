import { availableParallelism } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { cpuMicros, familyOf } from "../accounting.mjs"
import { bindToCores, findFreePort, makeFolder, removeFolder, startProcess, waitFor } from "../processes.mjs"

const root = fileURLToPath(new URL("../..", import.meta.url))

/** The key that every installation of the benchmark accepts, with every scope. */
export const benchKey = `slk_${"b".repeat(32)}`

/** Longest wait for what was recorded to be stored before the next measurement, in milliseconds. */
const longestSettleMs = 30_000

const environmentOf = ({ folder, upstream, ports, databaseUrl }) => ({
  SLUICE_DATA_DIR: folder,
  SLUICE_GATEWAY_PORT: String(ports.gateway),
  SLUICE_API_PORT: String(ports.api),
  SLUICE_METRICS_PORT: String(ports.metrics),
  SLUICE_BOOTSTRAP_KEY: benchKey,
  SLUICE_LOG_LEVEL: "error",
  SLUICE_ALLOW_PRIVATE_UPSTREAMS: "true",
  OPENAI_API_KEY: "sk-bench",
  SLUICE_PROVIDER_OPENAI_BASE_URL: `http://127.0.0.1:${upstream.port}`,
  ...(databaseUrl ? { DATABASE_URL: databaseUrl } : {}),
})

/** What the supervisor gives a gateway's Node where there is one gateway process (processes/supervisor.ts). */
const collectorArgs = availableParallelism() <= 2 ? ["--single-threaded-gc"] : []

/** Processes of a family by what they were started as: the word after main.js. */
const withWord = (ancestor, word) =>
  familyOf(ancestor)
    .filter(({ words }) => words.includes(word))
    .map(({ pid }) => pid)

/**
 * The product as it is installed: `sluice start` with control, database and `gateways` gateway processes, recording on.
 * @param environment laid over the installation's
 */
export async function startSluice({ upstream, cores, gateways = 1, databaseUrl = null, environment = {} }) {
  const folder = makeFolder()
  const ports = { gateway: await findFreePort(), api: await findFreePort(), metrics: await findFreePort() }
  const product = startProcess(process.execPath, [join(root, "server/dist/main.js"), "start"], {
    environment: {
      ...environmentOf({ folder, upstream, ports, databaseUrl }),
      SLUICE_GATEWAY_PROCESSES: String(gateways),
      ...environment,
    },
  })
  await waitFor("Sluice served", () => isReady(ports.gateway), { owner: product })
  const pids = () => withWord(product.pid, "gateway")
  await waitFor("every gateway process ran", () => pids().length === gateways || null, { owner: product })
  // One gateway process gets the core that nobody else has; several need them all.
  if (gateways === 1) for (const pid of pids()) bindToCores(pid, cores.measured)
  return {
    ...describe({ ports, pids, folder, output: product.output }),
    name: `sluice-on-${gateways}`,
    title: `Sluice, all on, ${gateways} gateway process${gateways === 1 ? "" : "es"}`,
    pid: product.pid,
    helpers: () => withWord(product.pid, "control"),
    groups: () => [product.pid],
    settle: () => settle(() => familyOf(product.pid).map(({ pid }) => pid)),
    async stop() {
      await product.stop(20_000)
      removeFolder(folder)
    },
  }
}

/**
 * One gateway process and control beside it, each started alone: for the composition without recording, and for profiles.
 * @param entry the gateway's main.js; the product's own unless given
 * @param nodeArgs for the gateway's Node, e.g. `--inspect`; `controlNodeArgs` for control's
 */
export async function startGatewayAlone(options) {
  const { upstream, cores, entry = null, nodeArgs = [], controlNodeArgs = [], databaseUrl = null } = options
  const folder = makeFolder()
  const ports = { gateway: await findFreePort(), api: await findFreePort(), metrics: await findFreePort() }
  const environment = environmentOf({ folder, upstream, ports, databaseUrl })
  const product = join(root, "server/dist/main.js")
  const control = startProcess(process.execPath, [...controlNodeArgs, product, "control"], { environment })
  await waitFor("control served", () => answers(`http://127.0.0.1:${ports.api}/api/v1/requests`), { owner: control })
  const gateway = startProcess(process.execPath, [...collectorArgs, ...nodeArgs, entry ?? product, "gateway"], {
    environment,
    cores: cores.measured,
  })
  await waitFor("the gateway served", () => isReady(ports.gateway), { owner: gateway })
  return {
    ...describe({ ports, pids: () => [gateway.pid], folder, output: gateway.output }),
    name: "sluice-off",
    title: "Sluice, recording off (bench only)",
    helpers: () => [control.pid],
    groups: () => [gateway.pid, control.pid],
    helperOutput: control.output,
    settle: () => settle(() => [gateway.pid, control.pid]),
    async stop() {
      await gateway.stop()
      await control.stop()
      removeFolder(folder)
    },
  }
}

const describe = ({ ports, pids, folder, output }) => ({
  target: {
    host: "127.0.0.1",
    port: ports.gateway,
    path: "/v1/chat/completions",
    headers: { authorization: `Bearer ${benchKey}` },
  },
  apiUrl: `http://127.0.0.1:${ports.api}`,
  metricsUrl: `http://127.0.0.1:${ports.metrics}`,
  exact: true,
  pids,
  folder,
  output,
})

/** Until nobody of it works any more: records that wait to be stored must not take time from the next measurement. */
async function settle(pids) {
  const deadline = performance.now() + longestSettleMs
  for (let quiet = 0; quiet < 2 && performance.now() < deadline; ) {
    const before = cpuMicros(pids())
    const from = performance.now()
    await sleep(250)
    const share = (cpuMicros(pids()) - before) / 1000 / (performance.now() - from)
    quiet = share < 0.1 ? quiet + 1 : 0
  }
}

async function isReady(port) {
  return (await fetch(`http://127.0.0.1:${port}/readyz`)).status === 200
}

async function answers(url) {
  return (await fetch(url)).status > 0
}
