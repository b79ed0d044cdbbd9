import { LeaseReport } from "@sluice/protocol/leases"
import { type Limits, noLimits } from "@sluice/protocol/limits"
import { describe, expect, it } from "vitest"
import { LeaseAuthority } from "../domains/limits/index.ts"
import type { Admission } from "../gateway/limits/admission.ts"
import { LeaseClient } from "../gateway/limits/lease-client.ts"
import { Limiter } from "../gateway/limits/limiter.ts"
import { createUuid } from "../platform/ids.ts"
import { ManualTimers } from "../testing/manual-timers.ts"

const stepMs = 100
const keyId = createUuid(1)
const nothing = (): void => undefined
const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing }

/** A repeatable stream of numbers between 0 and 1 (Park and Miller). */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

interface Gateway {
  readonly limiter: Limiter
  readonly epoch: string
  running: { readonly admission: Admission; readonly endsAt: number; readonly tokens: number }[]
}

/** Control and some gateways, in one process and by one clock; each step is a tenth of a second. */
class Installation {
  readonly timers = new ManualTimers()
  readonly gateways: (Gateway | null)[] = []
  authority: LeaseAuthority | null
  limits: Limits
  /** Units that were let through, by second. */
  readonly admitted: number[] = []
  readonly #random: () => number
  readonly #began: number
  readonly #gone = new Set<string>()
  #made = 100

  constructor(limits: Partial<Limits>, seed: number) {
    this.limits = { ...noLimits, ...limits }
    this.#random = createRandom(seed)
    this.authority = this.createAuthority()
    this.#began = this.second
  }

  createAuthority(): LeaseAuthority {
    return new LeaseAuthority({ monotonic: () => this.now })
  }

  get now(): number {
    return this.timers.clock.monotonic()
  }

  get second(): number {
    return Math.floor(this.now / 1000)
  }

  /** What gateways are asked with: seconds, with their fraction. */
  get moment(): number {
    return this.now / 1000
  }

  get open(): number {
    return this.gateways.reduce((sum, gateway) => sum + (gateway?.running.length ?? 0), 0)
  }

  async add(place: number, processes: number): Promise<void> {
    const limiter = new Limiter({ place: { place, processes } })
    const { timers } = this
    this.#made += 1
    const epoch = createUuid(this.#made)
    const client = new LeaseClient({
      channel: { post: (_path, body) => this.#post(String(body)) },
      limiter,
      clock: timers.clock,
      timers,
      logger,
      instance: `gateway-${place}`,
      epoch,
    })
    await client.start()
    this.gateways[place] = { limiter, epoch, running: [] }
  }

  /** A process is gone: whatever it would still say is not heard. */
  kill(place: number): void {
    this.#gone.add(this.gateways[place]?.epoch ?? "")
    this.gateways[place] = null
  }

  #post(body: string): Promise<{ status: number; text: string }> {
    const report = LeaseReport.parse(JSON.parse(body))
    if (!this.authority || this.#gone.has(report.epoch)) return Promise.reject(new Error("away"))
    return Promise.resolve({ status: 200, text: JSON.stringify(this.authority.answer(report)) })
  }

  /** Lets a step pass, in which each gateway gets `perSecond(place)` tries a second. */
  async step(perSecond: (place: number) => number, work: Work): Promise<void> {
    this.timers.pass(stepMs)
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve))
    this.admitted[this.second - this.#began] ??= 0
    for (const [place, gateway] of this.gateways.entries()) {
      if (!gateway) continue
      this.#finish(gateway)
      const expected = (perSecond(place) * stepMs) / 1000
      const tries = Math.floor(expected) + (this.#random() < expected % 1 ? 1 : 0)
      for (let i = 0; i < tries; i += 1) this.#try(gateway, work)
    }
  }

  #finish(gateway: Gateway): void {
    for (const { admission, tokens } of gateway.running.filter(({ endsAt }) => endsAt <= this.now)) {
      gateway.limiter.close(admission, this.moment)
      gateway.limiter.settle(admission, { total: tokens, output: tokens - 100 }, this.moment)
    }
    gateway.running = gateway.running.filter(({ endsAt }) => endsAt > this.now)
  }

  #try({ limiter, running }: Gateway, work: Work): void {
    const caller = { id: keyId, organizationId: createUuid(2), limits: this.limits }
    const tokens = work.tokens(this.#random)
    try {
      const admission = limiter.admitRequest(caller, null, this.moment)
      if (!admission) return
      const wanted = { streams: work.streams, operation: "chat", promptBytes: 400, maxOutputTokens: null } as const
      limiter.admitAnswer(admission, wanted, this.moment)
      running.push({ admission, tokens, endsAt: this.now + work.durationMs(this.#random) })
      const at = this.second - this.#began
      this.admitted[at] = (this.admitted[at] ?? 0) + (this.limits.tokens_per_minute ? tokens : 1)
    } catch {
      // Refused: it is what is being counted.
    }
  }

  /** What was let through in each minute, wherever it begins, that begins in these seconds. */
  minutes(from: number, to: number): number[] {
    return Array.from({ length: to - from - 60 }, (_, i) => {
      const begin = from + i
      return this.admitted.slice(begin, begin + 60).reduce((sum, units) => sum + (units ?? 0), 0)
    })
  }
}

interface Work {
  readonly streams: boolean
  readonly tokens: (random: () => number) => number
  readonly durationMs: (random: () => number) => number
}

const quick: Work = { streams: false, tokens: () => 0, durationMs: () => 300 }
const talkative: Work = {
  streams: false,
  tokens: (random) => 150 + Math.floor(random() * 200),
  durationMs: () => 1500,
}
const streaming: Work = { streams: true, tokens: () => 0, durationMs: (random) => 1000 + random() * 6000 }

async function start(limits: Partial<Limits>, processes: number, seed = 7): Promise<Installation> {
  const installation = new Installation(limits, seed)
  for (let place = 0; place < processes; place += 1) await installation.add(place, processes)
  return installation
}

/** How the tries of a second are spread over the processes. */
const loads = {
  even: (total: number, processes: number) => () => total / processes,
  "on one process": (total: number) => (place: number) => (place === 0 ? total : 0),
  skewed: (total: number, processes: number) => (place: number) =>
    processes === 1 ? total : place === 0 ? total * 0.7 : (total * 0.3) / (processes - 1),
}
const cases = [1, 2, 4].flatMap((processes) => Object.entries(loads).map(([name, load]) => ({ processes, name, load })))

async function drive(
  installation: Installation,
  seconds: number,
  perSecond: (place: number) => number,
  work: Work,
): Promise<void> {
  for (let i = 0; i < (seconds * 1000) / stepMs; i += 1) await installation.step(perSecond, work)
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** No minute, wherever it begins, sees more than a twentieth beyond the limit; over many of them, little of it is wasted. */
const expectWithin = (minutes: readonly number[], limit: number): void => {
  expect(Math.max(...minutes)).toBeLessThanOrEqual(limit * 1.05)
  expect(mean(minutes)).toBeGreaterThanOrEqual(limit * 0.95)
}

describe("limits over several gateway processes", () => {
  it.each(cases)("lets the requests of one limit through: $processes processes, $name", async (given) => {
    for (const limit of [60, 3000]) {
      const installation = await start({ requests_per_minute: limit }, given.processes)
      await drive(installation, 190, given.load((limit / 60) * 3, given.processes), quick)
      expectWithin(installation.minutes(0, 190), limit)
    }
  })

  it.each(cases)("wastes little when hardly more is asked for: $processes processes, $name", async (given) => {
    for (const limit of [60, 600]) {
      const minutes: number[] = []
      // What comes in a minute varies with chance, and of a small number much: several runs are one measurement.
      for (const seed of [7, 99, 12_345, 777_777]) {
        const installation = await start({ requests_per_minute: limit }, given.processes, seed)
        await drive(installation, 190, given.load((limit / 60) * 1.5, given.processes), quick)
        minutes.push(...installation.minutes(0, 190))
      }
      expectWithin(minutes, limit)
    }
  })

  it.each(cases)("lets the tokens of one limit through: $processes processes, $name", async (given) => {
    const limit = 120_000
    const installation = await start({ tokens_per_minute: limit }, given.processes)
    await drive(installation, 190, given.load(25, given.processes), talkative)
    expectWithin(installation.minutes(0, 190), limit)
  })

  it.each(cases)("lets the streams of one limit be open: $processes processes, $name", async (given) => {
    for (const limit of [20, 400]) {
      const installation = await start({ concurrent_streams: limit }, given.processes)
      const open: number[] = []
      for (let i = 0; i < 600; i += 1) {
        await installation.step(given.load(limit * 2, given.processes), streaming)
        open.push(installation.open)
      }
      expect(Math.max(...open)).toBeLessThanOrEqual(limit)
      const settled = open.slice(50)
      expect(mean(settled)).toBeGreaterThanOrEqual(limit * 0.95)
    }
  })

  it("keeps a limit smaller than the number of processes from the first moment on, wherever it is asked", async () => {
    const everywhere = await start({ requests_per_minute: 2 }, 4)
    await drive(everywhere, 130, () => 10, quick)
    expect(Math.max(...everywhere.minutes(0, 130))).toBe(2)
    const lastOnly = await start({ requests_per_minute: 2 }, 4)
    await drive(lastOnly, 2, (place) => (place === 3 ? 10 : 0), quick)
    expect(lastOnly.admitted.reduce((sum, units) => sum + units, 0)).toBe(2)
  })

  it("follows traffic that moves from one process to another", async () => {
    const installation = await start({ requests_per_minute: 1200 }, 4)
    for (let turn = 0; turn < 8; turn += 1) {
      await drive(installation, 40, (place) => (place === turn % 4 ? 60 : 0), quick)
    }
    expectWithin(installation.minutes(10, 320), 1200)
  })
})

describe("limits on bad days", () => {
  it("goes on with the last shares while control is away, and hands nothing out twice when it is back", async () => {
    const installation = await start({ requests_per_minute: 600 }, 4)
    const load = loads.skewed(30, 4)
    await drive(installation, 90, load, quick)
    installation.authority = null
    await drive(installation, 90, load, quick)
    installation.authority = installation.createAuthority()
    await drive(installation, 120, load, quick)
    expectWithin(installation.minutes(0, 300), 600)
  })

  it("gives the share of a process that died to the others, and a new one no more than is left", async () => {
    const installation = await start({ requests_per_minute: 600 }, 4)
    const load = loads.even(40, 4)
    await drive(installation, 75, load, quick)
    installation.kill(1)
    await drive(installation, 2, load, quick)
    await installation.add(1, 4)
    await drive(installation, 100, load, quick)
    installation.kill(2)
    await drive(installation, 100, load, quick)
    expect(Math.max(...installation.minutes(0, 277))).toBeLessThanOrEqual(600 * 1.05)
    expect(mean(installation.minutes(80, 177))).toBeGreaterThanOrEqual(600 * 0.95)
    expect(mean(installation.minutes(185, 277))).toBeGreaterThanOrEqual(600 * 0.95)
  })

  it("takes the streams of a process that died for ended after a few seconds", async () => {
    const installation = await start({ concurrent_streams: 40 }, 4)
    const load = loads["on one process"](80)
    await drive(installation, 20, load, streaming)
    expect(installation.open).toBeGreaterThanOrEqual(38)
    installation.kill(0)
    await drive(installation, 10, (place) => (place === 3 ? 80 : 0), streaming)
    expect(installation.open).toBeGreaterThanOrEqual(38)
    expect(installation.open).toBeLessThanOrEqual(40)
  })

  it("takes a new limit at once, up and down", async () => {
    const installation = await start({ requests_per_minute: 600 }, 4)
    const load = loads.skewed(60, 4)
    await drive(installation, 65, load, quick)
    installation.limits = { ...noLimits, requests_per_minute: 1200 }
    await drive(installation, 65, load, quick)
    expectWithin(installation.minutes(66, 129), 1200)
    installation.limits = { ...noLimits, requests_per_minute: 300 }
    await drive(installation, 150, load, quick)
    expectWithin(installation.minutes(192, 279), 300)
  })

  it("lets a key with little traffic through wherever it arrives, all day", async () => {
    const installation = await start({ requests_per_minute: 8, concurrent_requests: 8 }, 4)
    let refused = 0
    for (let i = 0; i < 400; i += 1) {
      const before = installation.admitted.reduce((sum, units) => sum + (units ?? 0), 0)
      await drive(installation, 15, () => 0, quick)
      await installation.step((place) => (place === (i * 7) % 4 ? 10 : 0), quick)
      if (installation.admitted.reduce((sum, units) => sum + (units ?? 0), 0) === before) refused += 1
    }
    expect(refused).toBe(0)
  }, 60_000)
})
