import { setTimeout as sleep } from "node:timers/promises"
import { cpuMicros, residentMegabytes } from "./accounting.mjs"
import { shapes } from "./exchange.mjs"
import { runClosedLoop, runLoad } from "./generator.mjs"
import { bindToCores } from "./processes.mjs"

/**
 * Measures every side in every phase of a plan. Rounds are interleaved (A B C, A B C, …), so that what changes on the machine in the
 * meantime falls on all. Gives one entry per run: phase, side, figures, processor time and memory.
 * @param tell takes a line of progress
 */
export async function measure({ sides, plan, cores, tell }) {
  const runs = []
  for (const side of sides) {
    await warmUp(side, plan, cores)
    rest(side)
  }
  for (const phase of phasesOf(plan)) {
    for (let round = 0; round < phase.rounds; round += 1) {
      tell(`${phase.title}${phase.rounds > 1 ? `, round ${round + 1} of ${phase.rounds}` : ""}`)
      for (const side of sides) {
        if (phase.only && !phase.only.includes(side.name)) continue
        if (phase.without?.includes(side.name)) continue
        await wake(side)
        place(side, phase, cores)
        runs.push({ phase: phase.name, side: side.name, round, ...(await accounted(side, phase, cores)) })
        await side.settle()
        rest(side)
      }
    }
  }
  for (const side of sides) await wake(side)
  return runs
}

/**
 * Halts what is not being measured: heartbeats, timers and collections of five idle installations are hundreds of interruptions a
 * second of the one that is.
 */
const rest = (side) => signal(side, "SIGSTOP")

/** Lets a side go on, and lets it see to what fell due in the meantime. */
async function wake(side) {
  signal(side, "SIGCONT")
  if (side.groups().length > 0) await sleep(wakeMs)
  await side.settle()
}

const wakeMs = 300

function signal(side, name) {
  for (const group of side.groups()) process.kill(-group, name)
}

/**
 * Puts a side on its cores. `apart`: what is measured has its cores for itself, control and its database run anywhere.
 * `in turns`: where one request is under way at a time, the load, the upstream and what is measured never work at once, so they
 * share cores, and control has the others. `equal`: what is measured has its cores for itself, and control runs beside the load.
 * Several processes of a side stay where they are.
 */
function place(side, { placement = "apart" }, cores) {
  if (cores.load === null || side.pids().length > 1) return
  const [own, helpers] = {
    apart: [cores.measured, cores.all],
    "in turns": [cores.load, cores.measured],
    equal: [cores.measured, cores.load],
  }[placement]
  for (const pid of side.pids()) bindToCores(pid, own)
  for (const pid of side.helpers()) bindToCores(pid, helpers)
}

/** Compilers of JavaScript need some thousand requests before they are done; a cold minute is not what is compared. */
async function warmUp(side, plan, cores) {
  const job = { ...side.target, shape: shapes.plain(), connections: 8, durationMs: plan.warmUpMs }
  await runClosedLoop(job, { cores })
  await runLoad(
    { ...side.target, mode: "streams", streams: 20, frames: 20, intervalMs: 20, exact: side.exact },
    { cores },
  )
  await side.settle()
}

/** One run with what it cost the processes of the side, and those of its helpers (control and its database). */
async function accounted(side, phase, cores) {
  const pids = side.pids()
  const helpers = side.helpers()
  const before = { own: cpuMicros(pids), helpers: cpuMicros(helpers) }
  try {
    const figures = await phase.run(side, cores)
    return {
      figures,
      cpuMicros: cpuMicros(pids) - before.own,
      helperMicros: cpuMicros(helpers) - before.helpers,
      megabytes: residentMegabytes(pids),
    }
  } catch (error) {
    return { figures: null, failed: error.message.slice(0, 500) }
  }
}

function phasesOf(plan) {
  return [
    ...plan.closedLoop.connections.map((connections) => closedLoop(plan, connections)),
    ...plan.fixedRate.perSecond.map((perSecond) => fixedRate(plan, perSecond)),
    firstToken(plan),
    recording(plan.recording),
    ...plan.streams.map(streams),
    gzip(plan.gzip),
    ...largePrompt(plan.largePrompt),
  ].filter(({ name }) => !plan.phases || plan.phases.some((wanted) => name.startsWith(wanted)))
}

const closedLoop = (plan, connections) => ({
  name: `closed-loop-${connections}`,
  title: `Throughput, ${connections} connections`,
  rounds: plan.closedLoop.moreRounds?.[connections] ?? plan.rounds,
  placement: connections === 1 ? "in turns" : "apart",
  run: ({ target }, cores) =>
    runClosedLoop({ ...target, shape: shapes.plain(), connections, durationMs: plan.closedLoop.durationMs }, { cores }),
})

const fixedRate = (plan, perSecond) => ({
  name: `fixed-rate-${perSecond}`,
  title: `Latency at ${perSecond} requests a second`,
  rounds: plan.rounds,
  run: ({ target }, cores) =>
    runLoad({ ...target, mode: "fixed-rate", perSecond, durationMs: plan.fixedRate.durationMs }, { cores }),
})

const firstToken = (plan) => ({
  name: "first-token",
  title: `Time to first token, ${plan.firstToken.perSecond} streams a second`,
  rounds: plan.firstToken.rounds,
  placement: "in turns",
  run: ({ target }, cores) =>
    runLoad(
      {
        ...target,
        ...plan.firstToken,
        mode: "fixed-rate",
        shape: shapes.stream({ frames: 5, intervalMs: 5 }),
        asksForStream: true,
      },
      { cores },
    ),
})

/** The same number of requests with and without recording: a busier loop takes more of them at each turn, which makes each cheaper. */
const recording = ({ rounds, ...job }) => ({
  name: "recording",
  title: `Recording on and off, ${job.perSecond} requests a second`,
  rounds,
  placement: "equal",
  only: ["sluice-off", "sluice-on-1"],
  run: ({ target }, cores) => runLoad({ ...target, ...job, mode: "fixed-rate" }, { cores }),
})

const streams = ({ rounds, without, ...job }) => ({
  name: `streams-${job.streams}`,
  title: `${job.streams} streams, a frame each ${job.intervalMs} ms`,
  rounds,
  without,
  run: ({ target, exact }, cores) => runLoad({ ...target, ...job, mode: "streams", exact }, { cores }),
})

const gzip = ({ rounds, without, ...job }) => ({
  name: "gzip",
  title: `Compressed answers, ${job.connections} connections`,
  rounds,
  without,
  run: ({ target }, cores) => {
    const headers = { ...target.headers, "accept-encoding": "gzip" }
    return runClosedLoop({ ...target, ...job, headers, shape: shapes.gzip() }, { cores })
  },
})

/** Small streams alone, and beside prompts of half a megabyte. */
function largePrompt({ rounds, bytes, perSecond, ...job }) {
  const only = ["direct", "nginx", "sluice-on-1"]
  const small = ({ target, exact }, cores) => runLoad({ ...target, ...job, mode: "streams", exact }, { cores })
  const durationMs = 1000 + job.frames * job.intervalMs
  const prompts = { mode: "fixed-rate", bodyBytes: bytes, perSecond, durationMs, connections: 4 }
  return [
    { name: "small-streams", title: `${job.streams} small streams alone`, rounds, only, run: small },
    {
      name: "small-streams-beside",
      title: `${job.streams} small streams beside prompts of ${bytes / 1000} kB`,
      rounds,
      only,
      run: async (side, cores) => {
        const [beside, large] = await Promise.all([
          small(side, cores),
          runLoad({ ...side.target, ...prompts }, { cores }),
        ])
        return { ...beside, largePrompts: large }
      },
    },
  ]
}
