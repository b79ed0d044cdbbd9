import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { cpuMicros } from "./accounting.mjs"
import { shapes } from "./exchange.mjs"
import { runClosedLoop, runLoad } from "./generator.mjs"
import { connectInspector, inspectorsIn } from "./inspector.mjs"
import { cleanUpOnSignals, hasProgram, killEverything, planCores, runProcess } from "./processes.mjs"
import { readProfile } from "./read-profile.mjs"
import { buildRecordingOff } from "./recording-off/build.mjs"
import { describeMachine } from "./report/machine.mjs"
import { startGatewayAlone } from "./sides/sluice.mjs"
import { startUpstream } from "./sides/upstream-process.mjs"

const root = fileURLToPath(new URL("..", import.meta.url))
const connections = 16
const warmUpMs = 4000
const samplingMicros = 200

const requests = {
  plain: { shape: shapes.plain() },
  gzip: { shape: shapes.gzip(), headers: { "accept-encoding": "gzip" } },
  stream: { shape: shapes.stream({ frames: 20, intervalMs: 2 }), asksForStream: true },
}

/**
 * `npm run bench -- profile`: where the time of one warm gateway process goes, by function and by module, per request. The gateway runs
 * alone beside control, and is asked through its inspector, so that neither start nor warm-up is in the profile.
 */
export async function profile({ shape, seconds, top, recordingOff, databaseUrl, pin }) {
  if (!(shape in requests)) throw new Error(`there is no shape ${shape}; there are ${Object.keys(requests).join(", ")}`)
  cleanUpOnSignals()
  const cores = planCores(pin)
  const machine = describeMachine(cores)
  const upstream = await startUpstream({ cores })
  try {
    const entry = recordingOff ? await buildRecordingOff() : null
    const side = await startGatewayAlone({ upstream, cores, entry, databaseUrl, nodeArgs: ["--inspect=127.0.0.1:0"] })
    const [url] = await inspectorsIn(side.output, 1)
    const inspector = await connectInspector(url)
    const load = (durationMs) => send(side, requests[shape], durationMs, cores)
    await load(warmUpMs)
    await side.settle()
    const plain = await accounted(side, () => load(warmUpMs))
    const instructions = await countInstructions(side, plain, () => load(2000))
    await side.settle()
    const taken = await takeProfile(inspector, side, () => load(seconds * 1000))
    const recording = recordingOff ? "recording off" : "recording on"
    console.log(toText({ shape, recording, machine, plain, instructions, top, ...taken }))
    const folder = join(root, "bench/dist")
    mkdirSync(folder, { recursive: true })
    const file = join(folder, `gateway-${shape}${recordingOff ? "-recording-off" : ""}.cpuprofile`)
    writeFileSync(file, JSON.stringify(taken.profile))
    console.log(`\nThe profile itself: ${file} (opens in Chrome's developer tools)`)
    inspector.close()
    await side.stop()
    return 0
  } finally {
    killEverything()
  }
}

function send(side, { headers = {}, ...request }, durationMs, cores) {
  const job = { ...side.target, ...request, headers: { ...side.target.headers, ...headers }, connections, durationMs }
  return request.asksForStream ? runLoad({ ...job, mode: "closed-loop" }, { cores }) : withWrk(job, cores)
}

const withWrk = (job, cores) => runClosedLoop(job, { cores })

async function accounted(side, work) {
  const before = cpuMicros(side.pids())
  const figures = await work()
  return { figures, microsPerRequest: (cpuMicros(side.pids()) - before) / Math.max(1, figures.requests) }
}

/** Instructions a request, which no neighbour on the machine can change; null where the kernel or the machine counts none. */
async function countInstructions(side, { figures }, load) {
  if (figures.requests === 0 || !hasProgram("perf")) return null
  const pid = side.pids().join(",")
  const counting = runProcess("sh", ["-c", `exec perf stat -x, -e instructions:u -p ${pid} -- sleep 2 2>&1`], {
    timeoutMs: 20_000,
  }).catch(() => "")
  const [counted, during] = await Promise.all([counting, load()])
  const count = Number(/^(\d+),/m.exec(counted)?.[1] ?? Number.NaN)
  return Number.isFinite(count) ? count / during.requests : null
}

async function takeProfile(inspector, side, load) {
  await inspector.ask("Profiler.enable")
  await inspector.ask("Profiler.setSamplingInterval", { interval: samplingMicros })
  await inspector.ask("Profiler.start")
  const profiled = await accounted(side, load)
  const { profile: taken } = await inspector.ask("Profiler.stop")
  return { profile: taken, profiled, read: readProfile(taken, root) }
}

function toText({ shape, recording, machine, plain, instructions, top, profiled, read }) {
  const { requests: count } = profiled.figures
  const line = ([name, micros]) =>
    `| ${((micros / read.busyMicros) * plain.microsPerRequest).toFixed(2)} | ${((100 * micros) / read.busyMicros).toFixed(1)} % | ${name.replaceAll("|", "\\|")} |`
  const table = (title, rows) =>
    `\n### ${title}\n\n| µs a request | share | |\n| ---: | ---: | --- |\n${rows.slice(0, top).map(line).join("\n")}`
  const ours = read.inclusive.filter(([name]) => !name.startsWith("(anonymous)"))
  return [
    `Profile of one gateway process, ${shape}, ${recording}: commit ${machine.commit}, Node ${machine.node}, ${machine.date} UTC.`,
    `Without the profiler ${plain.microsPerRequest.toFixed(1)} µs of CPU a request (all threads, ${plain.figures.requests} requests); ` +
      `the profile's samples are shares of these (${count} requests under it, ${connections} connections). ` +
      `Instructions a request: ${instructions === null ? "not counted on this machine" : Math.round(instructions)}.`,
    table("Self time by function", read.functions),
    table("Self time by module", read.modules),
    table("Our own functions with all they call", ours),
  ].join("\n")
}
