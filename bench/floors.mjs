import { spread } from "./statistics.mjs"

/** The median over the rounds of a figure of one side in one phase; null when it was not measured. */
export const medianOf = (runs, phase, side, pick) => spreadOf(runs, phase, side, pick)?.median ?? null

/** Median, least and greatest over the rounds; null when it was not measured. */
export function spreadOf(runs, phase, side, pick) {
  return spread(runs.filter((run) => run.phase === phase && run.side === side && run.figures).map(pick))
}

/** Processor time of the side's own processes in microseconds a request. */
export const cpuPerRequest = (run) => (run.figures.requests > 0 ? run.cpuMicros / run.figures.requests : null)
/** The same of control and its database. */
export const helperPerRequest = (run) => (run.figures.requests > 0 ? run.helperMicros / run.figures.requests : null)

const sluice = "sluice-on-1"
const alone = "closed-loop-1"

/**
 * The floors, which fail the benchmark, and the goals, which are told. Each has what was measured, its bound and whether it holds;
 * `holds` is null when it was not measured.
 */
export function judge({ runs, keysMegabytes }) {
  const cpu = (side) => medianOf(runs, "closed-loop-50", side, cpuPerRequest)
  const p99 = (phase, side) => medianOf(runs, phase, side, (run) => run.figures.latencyMs.p99)
  const first = (side) => medianOf(runs, "first-token", side, (run) => run.figures.firstByteMs.p99)
  const delay = (phase) => medianOf(runs, phase, sluice, (run) => run.figures.delayMs.p99)
  const addedP99 = minus(p99(alone, sluice), p99(alone, "direct"))
  const addedFirst = minus(first(sluice), first("direct"))
  return [
    floor("CPU per request, as a share of Portkey's", ratio(cpu(sluice), cpu("portkey")), 0.1, "×"),
    floor("CPU per request, as a multiple of nginx's", ratio(cpu(sluice), cpu("nginx")), 12, "×"),
    floor("CPU of recording: all on over recording off, at the same rate", recordingRatio(runs), 1.1, "×"),
    floor("added latency at one connection, p99", addedP99, 1, "ms"),
    floor("added time to first token, p99", addedFirst, 1, "ms"),
    cleanStreams(runs),
    floor(
      "small streams' p99 beside a 500 kB prompt, risen by",
      minus(delay("small-streams-beside"), delay("small-streams")),
      10,
      "ms",
    ),
    floor("memory of a gateway process at 10,000 keys", keysMegabytes, 150, "MB"),
    goal("CPU per request", cpu(sluice), 60, "µs"),
    goal("CPU of recording with both at their limit", ratio(cpu(sluice), cpu("sluice-off")), 1.1, "×"),
    goal("added latency at one connection, p99", addedP99, 0.2, "ms"),
    goal("added time to first token, p99", addedFirst, 0.25, "ms"),
    goal("2,000 streams: frames lost or wrong", worst(runs, "streams-2000", { andLate: false }), 0, "frames"),
  ]
}

const floor = (what, measured, bound, unit) => toVerdict("floor", what, measured, bound, unit)
const goal = (what, measured, bound, unit) => toVerdict("goal", what, measured, bound, unit)
const toVerdict = (kind, what, measured, bound, unit) => ({
  kind,
  what,
  measured,
  bound,
  unit,
  holds: measured === null ? null : measured <= bound,
})

/**
 * A lost frame fails whatever the machine. A late one is held against us only where direct streams had none: else the machine was
 * busy with something else, and nobody can tell.
 */
function cleanStreams(runs) {
  const verdict = floor(
    "512 streams: frames lost, wrong or later than one interval",
    worst(runs, "streams-512"),
    0,
    "frames",
  )
  const lost = worst(runs, "streams-512", { andLate: false })
  const isBusy = worst(runs, "streams-512", { side: "direct" }) > 0
  return lost === 0 && isBusy && !verdict.holds ? { ...verdict, holds: null } : verdict
}

/** The median of what each round gave: its two runs stand next to each other, so that a slow minute weighs on both. */
function recordingRatio(runs) {
  const of = (side) => runs.filter((run) => run.phase === "recording" && run.side === side && run.figures)
  const off = new Map(of("sluice-off").map((run) => [run.round, cpuPerRequest(run)]))
  const ratios = of(sluice).flatMap((run) => {
    const without = off.get(run.round) ?? null
    return without === null || without === 0 ? [] : [cpuPerRequest(run) / without]
  })
  return spread(ratios)?.median ?? null
}

const ratio = (a, b) => (a === null || b === null || b === 0 ? null : a / b)
const minus = (a, b) => (a === null || b === null ? null : a - b)

/** The worst round, not the median: a lost frame is lost. A run that failed lost everything. */
function worst(runs, phase, { andLate = true, side = sluice } = {}) {
  const rounds = runs.filter((run) => run.phase === phase && run.side === side)
  if (rounds.length === 0) return null
  return Math.max(
    ...rounds.map(({ figures }) =>
      figures ? figures.lost + figures.wrong + (andLate ? figures.late : 0) : Number.POSITIVE_INFINITY,
    ),
  )
}
