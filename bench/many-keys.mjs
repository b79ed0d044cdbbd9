import { residentMegabytes } from "./accounting.mjs"
import { shapes } from "./exchange.mjs"
import { runClosedLoop } from "./generator.mjs"
import { waitFor } from "./processes.mjs"
import { benchKey, startSluice } from "./sides/sluice.mjs"

/**
 * The memory of a gateway process that knows `count` keys, in megabytes, after it served requests; and before there were any. Keys are
 * made by the API, as people make them. The tokeniser's thread has not been needed, so it has not started.
 */
export async function measureManyKeys(count, { upstream, cores, databaseUrl }) {
  const side = await startSluice({ upstream, cores, databaseUrl })
  try {
    const load = () =>
      runClosedLoop({ ...side.target, shape: shapes.plain(), connections: 8, durationMs: 2000 }, { cores })
    await load()
    await side.settle()
    const before = residentMegabytes(side.pids())
    let left = count
    let last = null
    const maker = async () => {
      while (left > 0) {
        left -= 1
        last = await createKey(side.apiUrl, count - left)
      }
    }
    await Promise.all(Array.from({ length: 8 }, maker))
    await waitFor("the last key opened the gateway", () => isKnown(side.target, last), { timeoutMs: 10_000 })
    const { requests } = await load()
    await side.settle()
    return { count, before, megabytes: residentMegabytes(side.pids()), requests }
  } finally {
    await side.stop()
  }
}

async function createKey(apiUrl, number) {
  const answer = await fetch(`${apiUrl}/api/v1/api-keys`, {
    method: "POST",
    headers: { authorization: `Bearer ${benchKey}`, "content-type": "application/json" },
    body: JSON.stringify({ name: `bench ${number}` }),
  })
  const body = await answer.json()
  if (!answer.ok) throw new Error(`making key ${number} was answered with ${answer.status}: ${JSON.stringify(body)}`)
  return body.key
}

async function isKnown({ host, port }, key) {
  const answer = await fetch(`http://${host}:${port}/v1/models`, { headers: { authorization: `Bearer ${key}` } })
  await answer.body?.cancel()
  return answer.status === 200
}
