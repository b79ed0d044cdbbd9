import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { residentMegabytes } from "./accounting.mjs"
import { runLoad } from "./generator.mjs"
import { connectInspector, inspectorsIn } from "./inspector.mjs"
import { cleanUpOnSignals, killEverything, planCores } from "./processes.mjs"
import { describeMachine } from "./report/machine.mjs"
import { addToSection } from "./report/write-section.mjs"
import { startGatewayAlone } from "./sides/sluice.mjs"
import { startUpstream } from "./sides/upstream-process.mjs"
import { averageOver, fitSlope } from "./statistics.mjs"

const page = fileURLToPath(new URL("../docs/benchmarks.md", import.meta.url))
const inspect = ["--inspect=127.0.0.1:0"]

/** What `npm run soak -- --help` says. */
export const soakUsage = `npm run soak [-- options]   an hour of steady load on gateway and control, and the slope of their memory

Options
  --minutes n          how long (default 60); the first sixth is warm-up and is not fitted
  --rate n             requests a second, of every kind (default 100)
  --bound n            MB an hour that the gateway may grow (default 6)
  --sample-seconds n   between two looks at the memory (default 10)
  --database-url url   PostgreSQL (default: the embedded database)
  --no-write           do not add a row to docs/benchmarks.md
  --help               this

The exit code is 1 when the gateway's resident memory or its heap grows by more than the bound with 95 % confidence, or when a
request was not answered as it should. An hour tells a slope to about 1 MB an hour; a few minutes tell next to nothing.`

/** The options of a soak. @throws Error in words for people */
export function readSoakOptions(words) {
  const { values } = parseArgs({
    args: words,
    allowNegative: true,
    options: {
      minutes: { type: "string", default: "60" },
      rate: { type: "string", default: "100" },
      bound: { type: "string", default: "6" },
      "sample-seconds": { type: "string", default: "10" },
      "database-url": { type: "string" },
      write: { type: "boolean", default: true },
      help: { type: "boolean", default: false },
    },
  })
  const positive = (name) => {
    const value = Number(values[name])
    if (!(value > 0)) throw new Error(`--${name} takes a number above 0, but got ${values[name]}`)
    return value
  }
  return {
    minutes: positive("minutes"),
    perSecond: positive("rate"),
    bound: positive("bound"),
    sampleSeconds: positive("sample-seconds"),
    databaseUrl: values["database-url"] ?? null,
    write: values.write,
    help: values.help,
  }
}

/** `npm run soak`. Gives the exit code. */
export async function soak(options) {
  cleanUpOnSignals()
  const cores = { ...planCores(true), measured: null }
  const machine = describeMachine(cores)
  const upstream = await startUpstream({ cores })
  try {
    const { databaseUrl } = options
    const side = await startGatewayAlone({ upstream, cores, databaseUrl, nodeArgs: inspect, controlNodeArgs: inspect })
    const sample = await createSampler(side)
    const durationMs = options.minutes * 60_000
    const load = runLoad({ ...side.target, mode: "mixed", perSecond: options.perSecond, durationMs }, { cores })
    const samples = await watch(load, sample, options)
    const figures = await load
    await side.stop()
    return report({ samples, figures, machine, options })
  } finally {
    killEverything()
  }
}

/** Looks at resident memory and at the heap (after a collection, or a saw would be fitted), in megabytes. */
async function createSampler(side) {
  const startedAt = performance.now()
  const heapOf = async (output) => {
    const [url] = await inspectorsIn(output, 1)
    const inspector = await connectInspector(url)
    return async () => {
      await inspector.ask("HeapProfiler.collectGarbage")
      const { usedSize } = await inspector.ask("Runtime.getHeapUsage")
      return usedSize / 1e6
    }
  }
  const [gatewayHeap, controlHeap] = [await heapOf(side.output), await heapOf(side.helperOutput)]
  return async () => {
    const gateway = residentMegabytes(side.pids())
    const control = residentMegabytes(side.helpers())
    const hours = (performance.now() - startedAt) / 3_600_000
    return { hours, gateway, control, gatewayHeap: await gatewayHeap(), controlHeap: await controlHeap() }
  }
}

async function watch(load, sample, { sampleSeconds, minutes }) {
  let running = true
  const done = load.finally(() => {
    running = false
  })
  const samples = []
  const stopped = new AbortController()
  done.then(
    () => stopped.abort(),
    () => stopped.abort(),
  )
  for (let told = Number.NEGATIVE_INFINITY; running; ) {
    const now = await sample()
    samples.push(now)
    if (now.hours * 60 - told >= Math.min(1, minutes / 4)) {
      told = now.hours * 60
      const text = (name, value) => `${name} ${value.toFixed(1)} MB`
      console.error(
        `${told.toFixed(1).padStart(5)} min  ${text("gateway", now.gateway)} (${text("heap", now.gatewayHeap)}), ` +
          `${text("control", now.control)} (${text("heap", now.controlHeap)})`,
      )
    }
    await sleep(sampleSeconds * 1000, null, { signal: stopped.signal }).catch(() => null)
  }
  return samples
}

/** Megabytes an hour of one figure after the warm-up, from averages over a minute (or a twentieth of a short soak). */
function slopeOf(samples, pick, minutes) {
  const warm = samples.filter(({ hours }) => hours > minutes / 60 / 6)
  const width = Math.min(1, minutes / 20) / 60
  return fitSlope(
    averageOver(
      warm.map((sample) => [sample.hours, pick(sample)]),
      width,
    ),
  )
}

function report({ samples, figures, machine, options }) {
  const slope = (pick) => slopeOf(samples, pick, options.minutes)
  const gateway = slope((sample) => sample.gateway)
  const heap = slope((sample) => sample.gatewayHeap)
  const control = slope((sample) => sample.control)
  const isGrowing = [gateway, heap].some((fitted) => fitted && fitted.low > options.bound)
  const isWrong = figures.errors > 0 || figures.unanswered > 0
  const verdict = isWrong
    ? `**${figures.errors + figures.unanswered} wrong answers**`
    : isGrowing
      ? "**grows**"
      : "PASS"
  const last = samples.at(-1)
  const show = (fitted) =>
    fitted ? `${fitted.slope.toFixed(2)} (${fitted.low.toFixed(2)} to ${fitted.high.toFixed(2)})` : "–"
  const cells = [
    machine.date,
    machine.commit,
    options.minutes,
    figures.requests,
    last.gateway.toFixed(0),
    show(gateway),
    show(heap),
    last.control.toFixed(0),
    show(control),
    verdict,
  ]
  console.log(JSON.stringify({ answered: figures.answered, errors: figures.errors, reasons: figures.reasons }))
  console.log(
    `Gateway ${show(gateway)} MB an hour, its heap ${show(heap)}; control ${show(control)}. Bound: ${options.bound}. ${verdict}`,
  )
  if (options.write) addToSection(page, "soak", `| ${cells.join(" | ")} |`)
  return isGrowing || isWrong ? 1 : 0
}
