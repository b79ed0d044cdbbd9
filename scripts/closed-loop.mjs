/** Figures of one run: requests per second, and latencies in milliseconds. */
export function summarise(latenciesMs, elapsedMs) {
  const sorted = [...latenciesMs].sort((a, b) => a - b)
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
  return {
    requestsPerSecond: sorted.length / (elapsedMs / 1000),
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    requests: sorted.length,
  }
}

/**
 * Sends the same request over and over on `connections` connections, each sending its next when the last was answered, for
 * `durationMs`. Every answer must be a 200 and is read to its end.
 */
export async function runClosedLoop({ Pool, origin, request, connections, durationMs }) {
  const pool = new Pool(origin, { connections, pipelining: 1 })
  const latencies = []
  const startedAt = performance.now()
  const loop = async () => {
    while (performance.now() - startedAt < durationMs) {
      const from = performance.now()
      const { statusCode, body } = await pool.request(request)
      await body.dump({ limit: 16_000_000 })
      if (statusCode !== 200) throw new Error(`${origin} answered ${statusCode}`)
      latencies.push(performance.now() - from)
    }
  }
  try {
    await Promise.all(Array.from({ length: connections }, loop))
    return summarise(latencies, performance.now() - startedAt)
  } finally {
    await pool.close()
  }
}
