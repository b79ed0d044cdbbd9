import { monotonicMs } from "../exchange.mjs"
import { summarise } from "../statistics.mjs"
import { Connection, Errors, toRequestBytes } from "./connection.mjs"

/** `connections` callers, each asking again as soon as it is answered, for `durationMs`: what can be had at most. */
export async function runClosedLoop(job) {
  const bytes = toRequestBytes(job)
  const latencies = []
  const errors = new Errors()
  const startedAt = monotonicMs()
  const endsAt = startedAt + job.durationMs
  const caller = async () => {
    let connection = new Connection(job)
    while (monotonicMs() < endsAt) {
      const from = monotonicMs()
      const problem = await ask(connection, bytes)
      if (problem === null) latencies.push(monotonicMs() - from)
      else errors.add(problem)
      if (!connection.isClosed) continue
      connection = new Connection(job)
      await connection.opened().catch(() => null)
    }
    connection.close()
  }
  await Promise.all(Array.from({ length: job.connections }, caller))
  const elapsedMs = monotonicMs() - startedAt
  return {
    tool: "own",
    requests: latencies.length,
    perSecond: latencies.length / (elapsedMs / 1000),
    latencyMs: summarise(latencies),
    errors: errors.count,
    reasons: errors,
  }
}

/** Null when answered with 200, else what was wrong. */
function ask(connection, bytes) {
  return new Promise((resolve) => {
    let status = 0
    connection.send(bytes, {
      head: (code) => {
        status = code
      },
      end: () => resolve(status === 200 ? null : status),
      failed: resolve,
    })
  })
}
