import { cpuPerRequest, helperPerRequest, spreadOf } from "../floors.mjs"

/** The figures of a run as Markdown: medians of the rounds, with the least and the greatest. */
export function toMarkdown({ machine, plan, runs, verdicts, sides, keys }) {
  const table = (title, note, columns) => toTable({ title, note, columns, runs, sides })
  return [
    toFacts(machine, plan),
    toVerdicts(verdicts),
    ...plan.closedLoop.connections.map((count) => closedLoop(table, count)),
    ...plan.fixedRate.perSecond.map((rate) => fixedRate(table, rate)),
    table("Streams: time to first token", "From the moment the request was due to the first byte of the body, in ms.", [
      ["p50", "first-token", (run) => run.figures.firstByteMs.p50, 3],
      ["p99", "first-token", (run) => run.figures.firstByteMs.p99, 3],
      ["CPU µs a stream", "first-token", cpuPerRequest, 0],
      ["errors", "first-token", (run) => run.figures.errors, 0],
    ]),
    table(
      "Recording on and off at the same rate",
      `Open loop, ${plan.recording.perSecond} requests a second; control and its database run beside the load.`,
      [
        ["CPU µs a request", "recording", cpuPerRequest, 1],
        ["of control and database", "recording", helperPerRequest, 1],
        ["p50 ms", "recording", (run) => run.figures.latencyMs.p50, 3],
        ["errors", "recording", (run) => run.figures.errors, 0],
      ],
    ),
    ...plan.streams.map((job) => streams(table, job)),
    table("Compressed answers", "The upstream answers in gzip; 8 connections, closed loop.", [
      ["requests/s", "gzip", (run) => run.figures.perSecond, 0],
      ["p99 ms", "gzip", (run) => run.figures.latencyMs.p99, 3],
      ["CPU µs a request", "gzip", cpuPerRequest, 1],
    ]),
    table(`Small streams beside prompts of ${plan.largePrompt.bytes / 1000} kB`, "Delay of a frame, p99 in ms.", [
      ["alone", "small-streams", (run) => run.figures.delayMs.p99, 3],
      ["beside", "small-streams-beside", (run) => run.figures.delayMs.p99, 3],
      ["lost, alone and beside", "small-streams-beside", (run) => run.figures.lost, 0],
    ]),
    keys
      ? `### Memory\n\nA gateway process that knows ${keys.count} keys: **${keys.megabytes.toFixed(0)} MB** resident (${keys.before.toFixed(0)} MB with one key), after ${keys.requests} requests.`
      : "",
    toFailures(runs),
  ]
    .filter((part) => part !== "")
    .join("\n\n")
}

const closedLoop = (table, count) =>
  table(
    `Throughput, ${count} connection${count === 1 ? "" : "s"}`,
    "Closed loop: each asks again when it is answered.",
    [
      ["requests/s", `closed-loop-${count}`, (run) => run.figures.perSecond, 0],
      ["p50 ms", `closed-loop-${count}`, (run) => run.figures.latencyMs.p50, 3],
      ["p99 ms", `closed-loop-${count}`, (run) => run.figures.latencyMs.p99, 3],
      ["CPU µs a request", `closed-loop-${count}`, cpuPerRequest, 1],
      ["of control and database", `closed-loop-${count}`, helperPerRequest, 1],
      ["MB", `closed-loop-${count}`, (run) => run.megabytes, 0],
      ["errors", `closed-loop-${count}`, (run) => run.figures.errors, 0],
    ],
  )

const fixedRate = (table, rate) =>
  table(`Latency at ${rate} requests a second`, "Open loop: from the moment a request was due, in ms.", [
    ["p50", `fixed-rate-${rate}`, (run) => run.figures.latencyMs.p50, 3],
    ["p99", `fixed-rate-${rate}`, (run) => run.figures.latencyMs.p99, 3],
    ["CPU µs a request", `fixed-rate-${rate}`, cpuPerRequest, 1],
    ["generator late, p99", `fixed-rate-${rate}`, (run) => run.figures.latenessMs.p99, 3],
    ["errors", `fixed-rate-${rate}`, (run) => run.figures.errors, 0],
  ])

const streams = (table, { streams: count, frames, intervalMs }) =>
  table(
    `${count} streams at once, a frame each ${intervalMs} ms`,
    `${frames} frames a stream. A frame is late when it takes longer than ${intervalMs} ms from the upstream's socket; delays in ms.`,
    [
      ["whole streams", `streams-${count}`, (run) => run.figures.whole, 0],
      ["frames lost", `streams-${count}`, (run) => run.figures.lost, 0],
      ["late", `streams-${count}`, (run) => run.figures.late, 0],
      ["delay p50", `streams-${count}`, (run) => run.figures.delayMs.p50, 3],
      ["delay p99", `streams-${count}`, (run) => run.figures.delayMs.p99, 3],
      ["CPU µs a frame", `streams-${count}`, (run) => run.cpuMicros / Math.max(1, run.figures.frames), 1],
      ["MB", `streams-${count}`, (run) => run.megabytes, 0],
    ],
  )

function toTable({ title, note, columns, runs, sides }) {
  const rows = sides.flatMap((side) => {
    const cells = columns.map(([, phase, pick, digits]) => show(spreadOf(runs, phase, side.name, pick), digits))
    return cells.every((cell) => cell === "–") ? [] : [`| ${[side.title, ...cells].join(" | ")} |`]
  })
  const head = `| | ${columns.map(([name]) => name).join(" | ")} |\n| --- |${" ---: |".repeat(columns.length)}`
  return `### ${title}\n\n${note}\n\n${head}\n${rows.join("\n")}`
}

function show(figure, digits) {
  if (!figure) return "–"
  const text = (value) => value.toFixed(digits)
  if (text(figure.min) === text(figure.max)) return text(figure.median)
  return `${text(figure.median)} (${text(figure.min)}–${text(figure.max)})`
}

const toFacts = (machine, plan) =>
  `Measured ${machine.date} UTC at commit ${machine.commit}, ${plan.rounds} interleaved round${plan.rounds === 1 ? "" : "s"}, medians (least–greatest). ` +
  `${machine.cores} cores of ${machine.processor}, ${machine.memoryGb} GB, Linux ${machine.kernel}; load before the run ${machine.loadBefore}. ` +
  `Load generator and upstream on cores ${machine.coresOfLoad}, what is measured (one process) on cores ${machine.coresMeasured}; control, ` +
  `database, and two gateway processes anywhere. Node ${machine.node}, nginx ${machine.nginx}, wrk ${machine.wrk}, ` +
  `@portkey-ai/gateway ${machine.portkey}. "direct" is what load and upstream cost by themselves.`

function toVerdicts(verdicts) {
  const rows = verdicts.map(({ kind, what, measured, bound, unit, holds }) => {
    const word =
      holds === null
        ? measured === null
          ? "not measured"
          : "cannot be told: the direct row is late too"
        : holds
          ? "PASS"
          : kind === "floor"
            ? "**FAIL**"
            : "not yet"
    const figure = measured === null ? "–" : `${Number.isInteger(measured) ? measured : measured.toFixed(3)} ${unit}`
    return `| ${kind} | ${what} | ${figure} | ≤ ${bound} ${unit} | ${word} |`
  })
  return `### Floors and goals\n\n| | what | measured | bound | |\n| --- | --- | ---: | ---: | --- |\n${rows.join("\n")}`
}

function toFailures(runs) {
  const failed = runs
    .filter((run) => run.failed)
    .map((run) => `- ${run.phase}, ${run.side}: ${run.failed.split("\n")[0]}`)
  return failed.length === 0 ? "" : `### Runs that failed\n\n${failed.join("\n")}`
}
