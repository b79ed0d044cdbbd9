import { monotonicMs } from "../exchange.mjs"
import { summarise } from "../statistics.mjs"
import { Connection, Errors, toRequestBytes } from "./connection.mjs"
import { pace } from "./pacer.mjs"

/** Requests that may wait for an answer at once; more than that is an overload, and is counted as an error. */
const mostInFlight = 1000
/** Milliseconds that the last answers may take. */
const patienceMs = 5000

/**
 * Sends `perSecond` requests each second for `durationMs`, whether or not earlier ones were answered, and measures from the
 * moment each was due: a server that stalls pays for everybody it kept waiting. `firstByteMs` is until the first byte of
 * the body, `latencyMs` until its last; `latenessMs` is what this process itself came too late.
 */
export async function runFixedRate(job) {
  const bytes = toRequestBytes(job)
  const idle = await openSome(job, job.connections ?? 16)
  const all = [...idle]
  const run = { latencies: [], firstBytes: [], lateness: [], errors: new Errors(), inFlight: 0 }
  const send = (_index, dueMs) => {
    if (run.inFlight >= mostInFlight) {
      run.errors.add(new Error(`more than ${mostInFlight} requests without an answer`))
      return
    }
    let connection = idle.pop()
    while (connection?.isClosed) connection = idle.pop()
    if (!connection) {
      connection = new Connection(job)
      all.push(connection)
    }
    run.lateness.push(monotonicMs() - dueMs)
    ask({ connection, bytes, dueMs, run, idle })
  }
  await pace({ perSecond: job.perSecond, count: Math.round((job.perSecond * job.durationMs) / 1000) }, send)
  const deadline = monotonicMs() + patienceMs
  while (run.inFlight > 0 && monotonicMs() < deadline) await new Promise((resolve) => setTimeout(resolve, 10))
  for (let left = run.inFlight; left > 0; left -= 1) run.errors.add(new Error("no answer in time"))
  for (const connection of all) connection.close()
  return {
    requests: run.latencies.length,
    latencyMs: summarise(run.latencies),
    firstByteMs: summarise(run.firstBytes),
    latenessMs: summarise(run.lateness),
    connections: all.length,
    errors: run.errors.count,
    reasons: run.errors,
  }
}

function openSome(job, count) {
  return Promise.all(Array.from({ length: count }, () => new Connection(job).opened()))
}

function ask({ connection, bytes, dueMs, run, idle }) {
  let status = 0
  let firstByteAt = 0
  run.inFlight += 1
  connection.send(bytes, {
    head: (code) => {
      status = code
    },
    body: () => {
      if (firstByteAt === 0) firstByteAt = monotonicMs()
    },
    end: () => {
      run.inFlight -= 1
      idle.push(connection)
      if (status !== 200) {
        run.errors.add(status)
        return
      }
      run.latencies.push(monotonicMs() - dueMs)
      run.firstBytes.push((firstByteAt || monotonicMs()) - dueMs)
    },
    failed: (error) => {
      run.inFlight -= 1
      run.errors.add(error)
    },
  })
}
