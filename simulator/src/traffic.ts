import type { ExchangeRecord } from "@sluice/protocol/exchange-record"
import { type DemoAnomaly, demoAnomalies } from "./demo-anomalies.ts"
import { type DemoFeature, demoFeature, demoFeatures, pickWeighted } from "./demo-features.ts"
import { createDemoRecord, type DemoOwner } from "./demo-record.ts"
import { createRandom, type Random } from "./random.ts"

/** What to generate, and whose it is. Ids are plain UUIDs, as the database has them. */
export interface DemoTraffic extends DemoOwner {
  readonly seed: string
  /** Milliseconds since 1970; no record finishes after it. */
  readonly now: number
  /** Default 14. Anomalies older than this are left out. */
  readonly days?: number
  /** An average over the week, anomalies apart. Default 450. */
  readonly requestsPerDay?: number
}

const dayMs = 24 * 60 * 60 * 1000

/** Requests by hour of the day (UTC), relative. */
const hourWeights = [
  2, 1.5, 1.2, 1, 1.2, 1.8, 3, 6, 10, 13, 14, 13, 11, 13, 14, 13, 12, 10, 8, 6.5, 5.5, 4.5, 3.5, 2.5,
] as const

/** By day of the week, from Sunday. */
const weekdayWeights = [0.3, 1.15, 1.25, 1.25, 1.2, 1.1, 0.35] as const

/**
 * The demo's history: plausible traffic of several features over all providers, with daily and weekly seasons, a few
 * ordinary errors, and the anomalies of `demoAnomalies`. Every record carries `metadata.demo` and the environment
 * `development`. In order of their start; the same input gives the same records, ids included.
 */
export function* generateDemoRecords(traffic: DemoTraffic): Generator<ExchangeRecord, void, undefined> {
  const days = traffic.days ?? 14
  const random = createRandom(traffic.seed, "demo-traffic")
  const epoch = createEpoch(random)
  let seq = 0
  for (let day = days; day >= 1; day -= 1) {
    const from = traffic.now - day * dayMs
    const arrivals = [
      ...usualArrivals(from, traffic.requestsPerDay ?? 450, random),
      ...extraArrivals(from, traffic.now, random),
    ].sort((left, right) => left.startedAt - right.startedAt)
    for (const arrival of arrivals) {
      const anomaly = anomalyAt(arrival, traffic.now)
      const record = createDemoRecord({ ...arrival, anomaly, epoch, seq: seq + 1, owner: traffic, random })
      if (record.finished_at > traffic.now) continue
      seq += 1
      yield record
    }
  }
}

interface Arrival {
  readonly startedAt: number
  readonly feature: DemoFeature
}

/** Candidates thinned by the hour and the weekday, which makes arrivals irregular as real ones are. */
function usualArrivals(from: number, requestsPerDay: number, random: Random): readonly Arrival[] {
  const meanHour = hourWeights.reduce((sum, weight) => sum + weight, 0) / hourWeights.length
  const meanDay = weekdayWeights.reduce((sum, weight) => sum + weight, 0) / weekdayWeights.length
  const highest = Math.max(...hourWeights) * Math.max(...weekdayWeights)
  const candidates = Math.round((requestsPerDay * highest) / (meanHour * meanDay))
  const arrivals: Arrival[] = []
  for (let i = 0; i < candidates; i += 1) {
    const startedAt = from + random.integer(0, dayMs - 1)
    const date = new Date(startedAt)
    const weight = hourWeights[date.getUTCHours()]! * weekdayWeights[date.getUTCDay()]!
    if (random.next() * highest < weight) arrivals.push({ startedAt, feature: pickWeighted(demoFeatures, random) })
  }
  return arrivals
}

/** What the anomalies that begin on this day add. */
function extraArrivals(from: number, now: number, random: Random): readonly Arrival[] {
  return demoAnomalies.flatMap((anomaly) => {
    const startsAt = now - anomaly.startsBeforeMs
    if (startsAt < from || startsAt >= from + dayMs) return []
    return Array.from({ length: anomaly.extraRequests }, () => ({
      startedAt: startsAt + random.integer(0, anomaly.lastsMs - 1),
      feature: demoFeature(anomaly.feature),
    }))
  })
}

function anomalyAt(arrival: Arrival, now: number): DemoAnomaly | null {
  const found = demoAnomalies.find((anomaly) => {
    const since = arrival.startedAt - (now - anomaly.startsBeforeMs)
    return anomaly.feature === arrival.feature.name && since >= 0 && since < anomaly.lastsMs
  })
  return found ?? null
}

/** A version 4 UUID (RFC 9562 §5.4) from the seed. */
function createEpoch(random: Random): string {
  const hex = random.hex(32)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`
}
