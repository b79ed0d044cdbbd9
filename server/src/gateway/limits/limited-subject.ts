import type { LimitScope, ProcessPlace } from "@sluice/protocol/leases"
import type { LimitKind, Limits } from "@sluice/protocol/limits"
import { Meter } from "./meter.ts"

/** Output tokens expected of a key that has not answered yet. */
const firstOutputTokens = 256

/** Each answer moves the running mean by this part of its distance. */
const meanWeight = 1 / 8

/** A key, or an organization, with limits, as far as this process saw its requests. */
export class LimitedSubject {
  readonly scope: LimitScope
  readonly id: string
  /** The limits last seen; compared by identity, because the snapshot gives the same object until they change. */
  limits: Limits | null = null
  requests: Meter | null = null
  tokens: Meter | null = null
  streams: Meter | null = null
  concurrentRequests: Meter | null = null
  /** Running mean of the output tokens of its answers. */
  meanOutputTokens = firstOutputTokens
  /** Whether a request came since the last report. */
  attempted = false
  /** Control leased it something, and is to hear that it arrived. */
  acknowledges = false
  /** Among those the next report looks at. */
  isActive = false

  constructor(scope: LimitScope, id: string) {
    this.scope = scope
    this.id = id
  }

  /** The meters of what is limited now. */
  get meters(): readonly Meter[] {
    const meters = [this.requests, this.tokens, this.streams, this.concurrentRequests]
    return meters.filter((meter): meter is Meter => meter?.isLimited === true)
  }

  setLimits(limits: Limits, place: ProcessPlace): void {
    this.limits = limits
    this.#set("requests", limits.requests_per_minute, place)
    this.#set("tokens", limits.tokens_per_minute, place)
    this.#set("streams", limits.concurrent_streams, place)
    this.#set("concurrent_requests", limits.concurrent_requests, place)
  }

  /** The meter of a kind, made if there is none. */
  meter(kind: LimitKind): Meter {
    const meter = this.#find(kind) ?? new Meter(kind)
    if (kind === "requests") this.requests = meter
    else if (kind === "tokens") this.tokens = meter
    else if (kind === "streams") this.streams = meter
    else this.concurrentRequests = meter
    return meter
  }

  /** Takes the size of an answer into the running mean. */
  learnOutput(tokens: number): void {
    this.meanOutputTokens += (tokens - this.meanOutputTokens) * meanWeight
  }

  #find(kind: LimitKind): Meter | null {
    if (kind === "requests") return this.requests
    if (kind === "tokens") return this.tokens
    return kind === "streams" ? this.streams : this.concurrentRequests
  }

  #set(kind: LimitKind, limit: number | null, place: ProcessPlace): void {
    if (limit !== null || this.#find(kind)) this.meter(kind).setLimit(limit, place)
  }
}
