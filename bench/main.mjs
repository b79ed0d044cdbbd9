import { existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { judge } from "./floors.mjs"
import { measureManyKeys } from "./many-keys.mjs"
import { measure } from "./measure.mjs"
import { defaultPlan, quickPlan } from "./plan.mjs"
import { cleanUpOnSignals, hasProgram, killEverything, planCores, runProcess } from "./processes.mjs"
import { buildRecordingOff } from "./recording-off/build.mjs"
import { describeMachine } from "./report/machine.mjs"
import { toMarkdown } from "./report/markdown.mjs"
import { writeSection } from "./report/write-section.mjs"
import { createDirect } from "./sides/direct.mjs"
import { startNginx } from "./sides/nginx.mjs"
import { startPortkey } from "./sides/portkey.mjs"
import { startGatewayAlone, startSluice } from "./sides/sluice.mjs"
import { startUpstream } from "./sides/upstream-process.mjs"

const here = fileURLToPath(new URL(".", import.meta.url))
const docs = join(here, "../docs")
const startedAt = performance.now()
const tell = (line) => console.error(`${((performance.now() - startedAt) / 1000).toFixed(0).padStart(4)} s  ${line}`)

/** `npm run bench`: everything side by side. Gives the exit code: 1 when a floor does not hold. */
export async function compare(options) {
  cleanUpOnSignals()
  const plan = toPlan(options)
  const cores = planCores(options.pin)
  const machine = describeMachine(cores)
  if (machine.loadBefore > machine.cores / 4)
    tell(`this machine is busy (load ${machine.loadBefore}): figures will be worse than the gateway is`)
  const upstream = await startUpstream({ cores })
  const sides = []
  try {
    for (const start of await listSides(options)) {
      const side = await start({ upstream, cores, databaseUrl: options.databaseUrl })
      tell(`${side.title} is there`)
      sides.push(side)
    }
    const runs = await measure({ sides, plan, cores, tell })
    for (const side of sides) await side.stop()
    const keys =
      plan.keys > 0 && wants(options, "sluice-on-1") ? await manyKeys(plan, { upstream, cores, options }) : null
    const verdicts = judge({ runs, keysMegabytes: keys && keys.count >= 10_000 ? keys.megabytes : null })
    const named = sides.map(({ name, title }) => ({ name, title }))
    return report({ machine, plan, runs, verdicts, sides: named, keys }, options)
  } finally {
    killEverything()
  }
}

const wants = ({ only }, name) => only === null || only.includes(name)

async function listSides(options) {
  const all = {
    direct: ({ upstream }) => Promise.resolve(createDirect(upstream)),
    nginx: hasProgram("nginx") || existsSync("/usr/sbin/nginx") ? startNginx : null,
    portkey: startPortkey,
    "sluice-off": async (given) => startGatewayAlone({ ...given, entry: await buildRecordingOff() }),
    "sluice-on-1": startSluice,
    "sluice-on-2": (given) => startSluice({ ...given, gateways: 2 }),
  }
  const unknown = options.only?.filter((name) => !(name in all)) ?? []
  if (unknown.length > 0)
    throw new Error(`there is no row ${unknown.join(", ")}; there are ${Object.keys(all).join(", ")}`)
  if (wants(options, "portkey")) await installPeers()
  if (!all.nginx) tell("nginx is not installed, so its row is left out")
  return Object.keys(all)
    .filter((name) => wants(options, name) && all[name])
    .map((name) => all[name])
}

/** Peers live here and not in the product's install. No install script runs. */
async function installPeers() {
  if (existsSync(join(here, "node_modules/@portkey-ai/gateway/package.json"))) return
  tell("installing the peers into bench/node_modules (only once)")
  await runProcess("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: here, timeoutMs: 300_000 })
}

async function manyKeys(plan, { upstream, cores, options }) {
  tell(`making ${plan.keys} keys`)
  return measureManyKeys(plan.keys, { upstream, cores, databaseUrl: options.databaseUrl })
}

function toPlan({ quick, rounds, durationMs, keys, phases }) {
  const base = quick ? quickPlan : defaultPlan
  const timed = (phase) => ({ ...phase, durationMs: durationMs ?? phase.durationMs })
  return {
    ...base,
    rounds: rounds ?? base.rounds,
    closedLoop: timed(base.closedLoop),
    fixedRate: timed(base.fixedRate),
    keys: keys ?? base.keys,
    phases,
  }
}

function report(result, options) {
  const markdown = toMarkdown(result)
  console.log(`\n${markdown}\n`)
  if (options.write ?? (!options.quick && options.only === null && options.phases === null)) {
    writeSection(join(docs, "benchmarks.md"), "bench", markdown)
    writeFileSync(join(docs, "benchmarks.json"), `${JSON.stringify(result, null, 1)}\n`)
    tell("docs/benchmarks.md and docs/benchmarks.json are written")
  }
  const broken = result.verdicts.filter(({ kind, holds }) => kind === "floor" && holds === false)
  tell(broken.length === 0 ? "every floor that was measured holds" : `${broken.length} floors do not hold`)
  return broken.length === 0 ? 0 : 1
}
