import { shapes, toRequestBody } from "../exchange.mjs"
import { runClosedLoop } from "./closed-loop.mjs"
import { runFixedRate } from "./fixed-rate.mjs"
import { runMixed } from "./mixed.mjs"
import { runStreams } from "./streams.mjs"

/**
 * The load generator, in a process of its own: `node main.mjs '<job as JSON>'` prints its figures as one line of JSON. A job
 * names its `mode`, where to send (`host`, `port`, `path`, `headers`) and what: `shape` (see exchange.mjs; a plain answer unless
 * given), whether it `asksForStream`, and the `bodyBytes` its prompt is padded to.
 */
const modes = { "closed-loop": runClosedLoop, "fixed-rate": runFixedRate, streams: runStreams, mixed: runMixed }

const job = JSON.parse(process.argv[2] ?? "{}")
const mode = modes[job.mode]
if (!mode) {
  console.error(`There is no mode ${job.mode}; there are ${Object.keys(modes).join(", ")}.`)
  process.exit(2)
}
const { shape = shapes.plain(), asksForStream = false, bodyBytes = 0 } = job
const body = toRequestBody(shape, { streams: asksForStream, bytes: bodyBytes })
console.log(JSON.stringify(await mode({ ...job, body })))
process.exit(0)
