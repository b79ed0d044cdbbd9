import { shapes, toRequestBody } from "../exchange.mjs"
import { Connection, Errors, toRequestBytes } from "./connection.mjs"
import { pace } from "./pacer.mjs"

/** Milliseconds that the last answers may take. */
const patienceMs = 15_000

const stream = shapes.stream({ frames: 20, intervalMs: 20 })

/** What a day is made of, in twentieths. `leaves` closes the connection as soon as the answer begins, or at once. */
const kinds = {
  plain: { shape: shapes.plain(), status: 200, twentieths: 11 },
  gzip: { shape: shapes.gzip(), status: 200, twentieths: 3, headers: { "accept-encoding": "gzip" } },
  stream: { shape: stream, status: 200, twentieths: 2, streams: true },
  error: { shape: shapes.error(), status: 500, twentieths: 1 },
  prompt: { shape: shapes.plain(), status: 200, twentieths: 1, bytes: 50_000 },
  "leaves a stream": { shape: stream, status: 200, twentieths: 1, streams: true, leaves: "head" },
  "leaves at once": { shape: stream, status: 200, twentieths: 1, streams: true, leaves: "sent" },
}

/** Steady traffic of every kind at `perSecond` for `durationMs`; counts what was answered as it should, by kind. */
export async function runMixed(job) {
  const requests = Object.entries(kinds).map(([name, kind]) => toRequest(job, name, kind))
  const order = requests.flatMap((request) => Array.from({ length: request.twentieths }, () => request))
  const run = { idle: [], answered: {}, errors: new Errors(), inFlight: 0 }
  const count = Math.round((job.perSecond * job.durationMs) / 1000)
  // 7 has no factor in common with 20, so neighbours differ and every kind has its share.
  await pace({ perSecond: job.perSecond, count }, (index) => ask(job, order[(index * 7) % order.length], run))
  const deadline = performance.now() + patienceMs
  while (run.inFlight > 0 && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20))
  for (const connection of run.idle) connection.close()
  return {
    requests: count,
    answered: run.answered,
    unanswered: run.inFlight,
    errors: run.errors.count,
    reasons: run.errors,
  }
}

function toRequest(job, name, { shape, streams = false, bytes = 0, headers = {}, ...kind }) {
  const body = toRequestBody(shape, { streams, bytes })
  return { name, ...kind, bytes: toRequestBytes({ ...job, headers: { ...job.headers, ...headers }, body }) }
}

function ask(job, request, run) {
  let connection = run.idle.pop()
  while (connection?.isClosed) connection = run.idle.pop()
  connection ??= new Connection(job)
  run.inFlight += 1
  const settle = (error) => {
    run.inFlight -= 1
    if (error) run.errors.add(error)
    else run.answered[request.name] = (run.answered[request.name] ?? 0) + 1
  }
  const leave = () => {
    connection.close()
    settle(null)
  }
  let status = 0
  connection.send(request.bytes, {
    head: (code) => {
      status = code
      if (request.leaves === "head") leave()
    },
    end: () => {
      run.idle.push(connection)
      settle(status === request.status ? null : new Error(`${request.name}: status ${status}`))
    },
    failed: (error) => settle(error),
  })
  if (request.leaves === "sent") setImmediate(leave)
}
