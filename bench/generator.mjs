import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { toRequestBody } from "./exchange.mjs"
import { hasProgram, makeFolder, removeFolder, runProcess } from "./processes.mjs"

const main = fileURLToPath(new URL("./load/main.mjs", import.meta.url))

/** Runs the load generator for one job, on the cores of the load, and gives its figures. */
export async function runLoad(job, { cores }) {
  const timeoutMs = (job.durationMs ?? job.frames * job.intervalMs + (job.spreadMs ?? 1000)) + 40_000
  return JSON.parse(await runProcess(process.execPath, [main, JSON.stringify(job)], { cores: cores.load, timeoutMs }))
}

/**
 * Closed loop with wrk where it is installed (its own cost is a few microseconds a request), else with our own generator.
 * Answers other than 2xx and broken connections are errors.
 */
export async function runClosedLoop(job, { cores }) {
  if (!hasProgram("wrk")) return runLoad({ ...job, mode: "closed-loop" }, { cores })
  const { host, port, path, headers, shape, connections, durationMs } = job
  const lines = Object.entries({ "content-type": "application/json", ...headers })
    .map(([name, value]) => `wrk.headers[${JSON.stringify(name)}] = ${JSON.stringify(value)}`)
    .join("\n")
  const folder = makeFolder()
  const script = join(folder, "wrk.lua")
  writeFileSync(
    script,
    `wrk.method = "POST"\nwrk.body = ${JSON.stringify(toRequestBody(shape))}\n${lines}\n${tellFigures}`,
  )
  const seconds = Math.max(1, Math.round(durationMs / 1000))
  const args = ["-t1", `-c${connections}`, `-d${seconds}s`, "-s", script, `http://${host}:${port}${path}`]
  const output = await runProcess("wrk", args, { cores: cores.load, timeoutMs: durationMs + 40_000 })
  removeFolder(folder)
  const figures = /figures (\{.*\})/.exec(output)
  if (!figures) throw new Error(`wrk told no figures:\n${output}`)
  return { tool: "wrk", ...JSON.parse(figures[1]) }
}

/** Runs in wrk when it is done: what it measured, as JSON. Its times are microseconds. */
const tellFigures = `
function done(summary, latency, requests)
  local errors = summary.errors
  local count = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format(
    'figures {"requests":%d,"perSecond":%.2f,"latencyMs":{"p50":%.4f,"p99":%.4f,"p999":%.4f,"max":%.4f},"errors":%d}\\n',
    summary.requests, summary.requests / (summary.duration / 1000000), latency:percentile(50) / 1000,
    latency:percentile(99) / 1000, latency:percentile(99.9) / 1000, latency.max / 1000, count))
end
`
