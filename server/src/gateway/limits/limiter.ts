import type { LimitScope, ProcessPlace } from "@sluice/protocol/leases"
import { type LimitKind, type Limits, limitKinds } from "@sluice/protocol/limits"
import { counter, gauge, type Sample } from "../counters.ts"
import { Admission } from "./admission.ts"
import { estimateTokens, type TokenEvidence } from "./estimate-tokens.ts"
import { limitExceeded } from "./limit-exceeded.ts"
import { LimitedSubject } from "./limited-subject.ts"
import type { Meter } from "./meter.ts"

/** A key and its organization, as far as limits care. */
export interface Caller {
  readonly id: string
  readonly organizationId: string
  readonly limits: Limits | null
}

/** What an answer will take, known once the body was read. */
export interface WantedAnswer extends Omit<TokenEvidence, "meanOutputTokens"> {
  readonly streams: boolean
}

/** Keys and organizations kept at most, those without a request for long going first. */
const defaultCapacity = 50_000
/** Subjects looked at to find an idle one when the limiter is full. */
const evictionTries = 16

const scopes: readonly LimitScope[] = ["key", "organization"]

/**
 * Admits requests within their limits, or refuses them, without waiting: numbers in memory, the same few for every request.
 * What this process may hold of each limit is its share; `onShort` is called when one runs short, and what control leases
 * is given to `LeaseBook`.
 */
export class Limiter {
  /** Called, on the request path, when a share is about to be used up: it may do no more than note it. */
  onShort: () => void = () => undefined
  /** Which of the gateway processes this is: its first share of each limit follows from it. */
  readonly place: ProcessPlace
  readonly #capacity: number
  readonly #subjects = new Map<string, LimitedSubject>()
  /** Those with anything to report. */
  readonly active = new Set<LimitedSubject>()
  readonly #refusals = new Float64Array(scopes.length * limitKinds.length)

  constructor(options: { readonly place: ProcessPlace; readonly capacity?: number }) {
    this.place = options.place
    this.#capacity = options.capacity ?? defaultCapacity
  }

  /** Keys and organizations that are kept. */
  get size(): number {
    return this.#subjects.size
  }

  /** All that are kept. */
  get subjects(): Iterable<LimitedSubject> {
    return this.#subjects.values()
  }

  find(id: string): LimitedSubject | null {
    return this.#subjects.get(id) ?? null
  }

  /** The subject with this id, made if there is none; an idle one may be forgotten for it. */
  open(scope: LimitScope, id: string): LimitedSubject {
    const known = this.#subjects.get(id)
    if (known) return known
    if (this.#subjects.size >= this.#capacity) this.#evict()
    const subject = new LimitedSubject(scope, id)
    this.#subjects.set(id, subject)
    return subject
  }

  forget(subject: LimitedSubject): void {
    this.#subjects.delete(subject.id)
    this.active.delete(subject)
    subject.isActive = false
  }

  /**
   * Counts a request that has just arrived. Null when neither its key nor its organization is limited.
   * @throws GatewayError 429, and nothing is counted
   */
  admitRequest(caller: Caller, organizationLimits: Limits | null, second: number): Admission | null {
    if (caller.limits === null && organizationLimits === null) return null
    const key = caller.limits ? this.#touch("key", caller.id, caller.limits) : null
    const organization = organizationLimits
      ? this.#touch("organization", caller.organizationId, organizationLimits)
      : null
    const admission = new Admission(key, organization, second)
    this.#require(admission, key, key?.requests ?? null, 1)
    this.#require(admission, key, key?.concurrentRequests ?? null, 1)
    this.#require(admission, organization, organization?.requests ?? null, 1)
    this.#require(admission, organization, organization?.concurrentRequests ?? null, 1)
    key?.requests?.take(1, second)
    organization?.requests?.take(1, second)
    hold(admission, key?.concurrentRequests ?? null, second)
    hold(admission, organization?.concurrentRequests ?? null, second)
    return admission
  }

  /**
   * Counts a stream, and reserves tokens, once the body says what is wanted.
   * @throws GatewayError 429; then the request no longer counts by the minute either
   */
  admitAnswer(admission: Admission, wanted: WantedAnswer, second: number): void {
    const { key, organization } = admission
    admission.now = second
    const keyTokens = reservation(key, wanted)
    const organizationTokens = reservation(organization, wanted)
    try {
      if (wanted.streams) this.#require(admission, key, key?.streams ?? null, 1)
      if (keyTokens > 0) this.#require(admission, key, key?.tokens ?? null, keyTokens)
      if (wanted.streams) this.#require(admission, organization, organization?.streams ?? null, 1)
      if (organizationTokens > 0) {
        this.#require(admission, organization, organization?.tokens ?? null, organizationTokens)
      }
    } catch (error) {
      key?.requests?.correct(-1, admission.second, second)
      organization?.requests?.correct(-1, admission.second, second)
      throw error
    }
    if (wanted.streams) {
      hold(admission, key?.streams ?? null, second)
      hold(admission, organization?.streams ?? null, second)
    }
    admission.tokensAt = second
    admission.keyTokens = keyTokens
    admission.organizationTokens = organizationTokens
    key?.tokens?.take(keyTokens, second)
    organization?.tokens?.take(organizationTokens, second)
  }

  /** The exchange is over: what it held open is free again. */
  close(admission: Admission, second: number): void {
    for (const meter of admission.open) meter.correct(-1, admission.second, second)
    admission.open.length = 0
    this.#mark(admission.key)
    this.#mark(admission.organization)
  }

  /**
   * Replaces the reservation by what was used. Once per admission; tokens that were never reserved are not charged.
   * @param used.output null when the answer did not say, so that nothing is learned from it
   */
  settle(admission: Admission, used: { readonly total: number; readonly output: number | null }, second: number): void {
    if (admission.tokensAt < 0) return
    const { key, organization, tokensAt } = admission
    admission.tokensAt = -1
    const total = Math.max(0, Math.round(used.total))
    key?.tokens?.correct(total - admission.keyTokens, tokensAt, second)
    organization?.tokens?.correct(total - admission.organizationTokens, tokensAt, second)
    if (used.output === null) return
    key?.learnOutput(used.output)
    organization?.learnOutput(used.output)
  }

  /** Refusals and sizes, for a scrape. */
  samples(): Sample[] {
    const refusals = scopes.flatMap((scope, s) =>
      limitKinds.map((limit, k) =>
        counter(
          "sluice_gateway_limit_refusals_total",
          "Requests refused because a limit was reached.",
          this.#refusals[s * limitKinds.length + k] as number,
          { scope, limit },
        ),
      ),
    )
    return [
      ...refusals,
      gauge("sluice_gateway_limited_subjects", "Keys and organizations with limits kept in memory.", this.size),
    ]
  }

  #touch(scope: LimitScope, id: string, limits: Limits): LimitedSubject {
    const subject = this.#subjects.get(id) ?? this.open(scope, id)
    if (subject.limits !== limits) {
      subject.setLimits(limits, this.place)
      // Whatever share it begins with is a guess until control has answered.
      this.onShort()
    }
    subject.attempted = true
    this.#mark(subject)
    return subject
  }

  #mark(subject: LimitedSubject | null): void {
    if (!subject || subject.isActive) return
    subject.isActive = true
    this.active.add(subject)
  }

  #require(admission: Admission, subject: LimitedSubject | null, meter: Meter | null, units: number): void {
    if (!subject || !meter?.isLimited) return
    const second = admission.now
    meter.wanted += units
    const fits = meter.fits(units, second)
    if (!fits || meter.isShort(second)) this.onShort()
    if (fits) return
    this.#count(subject.scope, meter.kind)
    throw limitExceeded(admission, { subject, meter, units })
  }

  #count(scope: LimitScope, kind: LimitKind): void {
    const place = scopes.indexOf(scope) * limitKinds.length + limitKinds.indexOf(kind)
    this.#refusals[place] = (this.#refusals[place] as number) + 1
  }

  /** An idle one among the oldest; when they are all busy, the oldest. */
  #evict(): void {
    let oldest: LimitedSubject | null = null
    let tries = evictionTries
    for (const subject of this.#subjects.values()) {
      oldest ??= subject
      if (!subject.isActive) {
        this.forget(subject)
        return
      }
      tries -= 1
      if (tries === 0) break
    }
    if (oldest) this.forget(oldest)
  }
}

function hold(admission: Admission, meter: Meter | null, second: number): void {
  if (!meter) return
  meter.take(1, second)
  admission.open.push(meter)
}

/** Tokens to reserve; never more than the limit, so that what cannot be used is not held either. */
function reservation(subject: LimitedSubject | null, wanted: WantedAnswer): number {
  if (!subject?.tokens?.isLimited) return 0
  const { operation, promptBytes, maxOutputTokens } = wanted
  const { meanOutputTokens } = subject
  const estimate = estimateTokens({ operation, promptBytes, maxOutputTokens, meanOutputTokens })
  return Math.min(estimate, subject.tokens.limit)
}
