import type { ApiKeyBody, CreatedApiKeyBody } from "@sluice/protocol/api/api-keys"
import type { Page } from "@sluice/protocol/api/common"
import type { OrganizationLimitsBody } from "@sluice/protocol/api/organization"
import type { RequestBody } from "@sluice/protocol/api/requests"
import type { LimitsChange } from "@sluice/protocol/limits"
import { type Simulator, startSimulator } from "@sluice/simulator/simulator"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { type Installation, startInstallation, until } from "./installation.ts"
import { type KeptAnswer, KeptConnection } from "./kept-connection.ts"
import { descendantsOf, findChild } from "./processes.ts"

let simulator: Simulator
let installation: Installation | null = null

beforeAll(async () => {
  simulator = await startSimulator({ port: 0 })
})
afterEach(async () => {
  await installation?.remove()
  installation = null
})
afterAll(() => simulator?.close())

async function start(processes: number): Promise<Installation> {
  installation = await startInstallation({ env: { SLUICE_GATEWAY_PROCESSES: String(processes) }, simulator })
  return installation
}

async function makeKey(at: Installation, limits: LimitsChange): Promise<CreatedApiKeyBody> {
  const made = await at.api<CreatedApiKeyBody>("api-keys", { method: "POST", body: { name: "limited", limits } })
  // Told apart from "not known yet" without using up any of what is limited: the model list is not.
  let row = 0
  await until("the key to be known everywhere", async () => {
    const list = await fetch(`${at.gatewayUrl}/v1/models`, {
      headers: { authorization: `Bearer ${made.key}`, connection: "close" },
    })
    await list.arrayBuffer()
    row = list.status === 200 ? row + 1 : 0
    return row >= 20 ? true : null
  })
  return made
}

interface CallOptions {
  readonly stream?: boolean
  readonly maxTokens?: number
}

/** Streams that are still open when the next one is asked for. */
const slowly = ({ stream }: CallOptions): Record<string, string> =>
  stream ? { "x-simulate": "inter-token-ms=500,tokens=100" } : {}

/** A connection of its own each time, so that every process is asked. */
const open = (at: Installation, key: string, options: CallOptions = {}): Promise<Response> =>
  fetch(`${at.gatewayUrl}/v1/chat/completions`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
      connection: "close",
      ...slowly(options),
    },
    body: JSON.stringify({
      model: "gpt-4o-mini",
      messages: [{ role: "user", content: "Hi" }],
      ...(options.stream && { stream: true }),
      ...(options.maxTokens && { max_tokens: options.maxTokens }),
    }),
  })

async function call(at: Installation, key: string, options: CallOptions = {}): Promise<Response> {
  const answer = await open(at, key, options)
  await answer.arrayBuffer()
  return answer
}

/** What calls used, by the counts in their answers. */
interface Admitted {
  readonly requests: number
  readonly tokens: number
}

/** Sends calls, a few at a time, until for two seconds none was let through; gives what those that were came to. */
async function exhaust(at: Installation, key: string, options: CallOptions = {}): Promise<Admitted> {
  let requests = 0
  let tokens = 0
  let lastAt = performance.now()
  const began = lastAt
  while (performance.now() - lastAt < 2000 && performance.now() - began < 40_000) {
    const answers = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const answer = await open(at, key, options)
        const body = (await answer.json()) as { readonly usage?: { readonly total_tokens: number } }
        return answer.status === 200 ? (body.usage?.total_tokens ?? 0) : null
      }),
    )
    for (const used of answers) {
      if (used === null) continue
      requests += 1
      tokens += used
      lastAt = performance.now()
    }
  }
  return { requests, tokens }
}

/** Opens streams until there are as many as allowed, sees that no process opens one more, and that they make room again. */
async function fillStreams(at: Installation, key: string, limit: number): Promise<void> {
  const streams: Response[] = []
  const began = performance.now()
  while (streams.length < limit && performance.now() - began < 20_000) {
    const answer = await open(at, key, { stream: true })
    if (answer.status === 200) streams.push(answer)
    else await answer.arrayBuffer()
  }
  expect(streams.length).toBe(limit)
  for (let i = 0; i < 12; i += 1) {
    const refused = await call(at, key, { stream: true })
    expect([refused.status, refused.headers.get("x-sluice-error")]).toEqual([429, "concurrent_streams_exceeded"])
  }
  for (const answer of streams) await answer.body?.cancel()
  await until("a stream after the others ended", async () => {
    const answer = await open(at, key, { stream: true })
    await answer.body?.cancel()
    return answer.status === 200 ? true : null
  })
}

describe.each([1, 2, 4])("limits over %i gateway processes", (processes) => {
  it("let through what they allow of requests, tokens and streams, within a twentieth", async () => {
    const at = await start(processes)
    const requests = await makeKey(at, { requests_per_minute: 100 })
    const tokens = await makeKey(at, { tokens_per_minute: 6000 })
    const [{ requests: admitted }, { tokens: used }] = await Promise.all([
      exhaust(at, requests.key),
      exhaust(at, tokens.key, { maxTokens: 16 }),
    ])
    expect(admitted).toBeGreaterThanOrEqual(95)
    expect(admitted).toBeLessThanOrEqual(105)
    expect(used).toBeGreaterThanOrEqual(6000 * 0.95)
    expect(used).toBeLessThanOrEqual(6000 * 1.05)

    const streaming = await makeKey(at, { concurrent_streams: 8 })
    await fillStreams(at, streaming.key, 8)
  })
})

/** Kills control, and whatever the supervisor starts in its place, until told to stop. */
function keepControlDead(at: Installation): () => Promise<number> {
  let kills = 0
  let stopped = false
  const killing = (async () => {
    while (!stopped) {
      const control = findChild(at.process.pid ?? 0, "control")
      if (control) {
        process.kill(control.pid, "SIGKILL")
        kills += 1
      }
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  })()
  return async () => {
    stopped = true
    await killing
    return kills
  }
}

/** One connection that stays, to each gateway process. */
async function connectToEach(at: Installation, key: string, processes: number): Promise<KeptConnection[]> {
  const found = new Map<number, KeptConnection>()
  await until("a connection to each process", async () => {
    const connection = new KeptConnection(at.gatewayUrl, key)
    await connection.call("/v1/models")
    const owner = connection.serverProcess(descendantsOf(at.process.pid ?? 0))
    if (owner === null || found.has(owner)) connection.close()
    else found.set(owner, connection)
    return found.size === processes ? true : null
  })
  return [...found.values()]
}

/** Asks on every connection until each has answered so; gives the milliseconds that the last of them took. */
async function timeUntilAll(
  connections: readonly KeptConnection[],
  isSo: (answer: KeptAnswer) => boolean,
): Promise<number> {
  const from = performance.now()
  const times = await Promise.all(
    connections.map(async (connection) => {
      await until("the new limit", async () => (isSo(await connection.call()) ? true : null))
      return performance.now() - from
    }),
  )
  return Math.max(...times)
}

describe("limits while things change", () => {
  it("say when to come back, and are raised and lowered in each process separately within a second", async () => {
    const at = await start(4)
    const made = await makeKey(at, { requests_per_minute: 8 })
    const connections = await connectToEach(at, made.key, 4)
    const change = (limit: number | null) =>
      at.api<ApiKeyBody>(`api-keys/${made.id}`, { method: "PATCH", body: { limits: { requests_per_minute: limit } } })
    await exhaust(at, made.key)
    await timeUntilAll(connections, ({ status, limit }) => status === 429 && limit === "8")
    const refused = await call(at, made.key)
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(1)
    expect(refused.headers.get("x-ratelimit-limit-requests")).toBe("8")
    expect(refused.headers.get("x-ratelimit-remaining-requests")).toBe("0")

    await change(400)
    expect(await timeUntilAll(connections, ({ status, limit }) => status === 200 && limit === "400")).toBeLessThan(1000)
    await change(4)
    expect(await timeUntilAll(connections, ({ status, limit }) => status === 429 && limit === "4")).toBeLessThan(1000)
    await change(null)
    expect(await timeUntilAll(connections, ({ status, limit }) => status === 200 && limit === null)).toBeLessThan(1000)
    for (const connection of connections) connection.close()
  })

  it("go on with the last lease while control is killed, as often as it comes back", async () => {
    const at = await start(2)
    const { key } = await makeKey(at, { requests_per_minute: 100 })
    const before = await Promise.all(Array.from({ length: 20 }, async () => (await call(at, key)).status))
    expect(before).toEqual(before.map(() => 200))
    // Until the shares have followed the traffic, and every process knows that it has its own.
    await until("the leases to settle", async () => {
      const metrics = await (await fetch(`${at.metricsUrl}/metrics`)).text()
      return /sluice_gateway_lease_age_seconds 0\.[0-4]/.test(metrics) ? true : null
    })
    const release = keepControlDead(at)
    const began = performance.now()
    const during = (await exhaust(at, key)).requests
    await until("control to be away for longer than it may", () => (performance.now() - began > 4000 ? true : null))
    expect((await call(at, key)).status).toBe(429)
    expect(await release()).toBeGreaterThanOrEqual(2)
    expect(20 + during).toBeGreaterThanOrEqual(95)
    expect(20 + during).toBeLessThanOrEqual(105)
  })

  it("of an organization hold for all its keys, are recorded, and reserve tokens until they are counted", async () => {
    const at = await start(1)
    const path = "organization/limits"
    await at.api<OrganizationLimitsBody>(path, { method: "PATCH", body: { tokens_per_minute: 3000 } })
    await until("the limit to be in force", async () => {
      const answer = await call(at, at.key)
      return answer.headers.get("x-ratelimit-limit-tokens") === "3000" ? true : null
    })
    const { key } = await makeKey(at, {})
    const refused = await call(at, key, { maxTokens: 2999 })
    expect([refused.status, refused.headers.get("x-sluice-error")]).toEqual([429, "rate_limit_exceeded"])
    expect((await call(at, key, { maxTokens: 10 })).status).toBe(200)
    const recorded = await until("the refusal's record", async () => {
      const page = await at.api<Page<RequestBody>>("requests?status=4xx")
      return page.data[0] ?? null
    })
    expect(recorded).toMatchObject({ status: 429, error_code: "rate_limit_exceeded" })
    const metrics = await (await fetch(`${at.metricsUrl}/metrics`)).text()
    expect(metrics).toMatch(/sluice_gateway_limit_refusals_total\{scope="organization",limit="tokens"\} [1-9]/)
    expect(metrics).toMatch(/sluice_gateway_lease_age_seconds [01]/)
  })
})
