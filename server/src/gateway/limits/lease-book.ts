import { type Lease, leaseBatchSubjects, type MeterReport, type SubjectReport } from "@sluice/protocol/leases"
import { type LimitKind, type Limits, limitKinds } from "@sluice/protocol/limits"
import type { LimitedSubject } from "./limited-subject.ts"
import type { Limiter } from "./limiter.ts"
import type { Meter } from "./meter.ts"

/** The limit of a key or an organization that a kind of meter counts against. */
const limitOf = {
  requests: "requests_per_minute",
  tokens: "tokens_per_minute",
  streams: "concurrent_streams",
  concurrent_requests: "concurrent_requests",
} as const satisfies Record<LimitKind, keyof Limits>

/** A limiter's side of leasing: what it has to tell control, and what becomes of control's answer. Off the request path. */
export class LeaseBook {
  readonly #limiter: Limiter

  constructor(limiter: Limiter) {
    this.#limiter = limiter
  }

  /** Whether there is anything to watch over. */
  get isBusy(): boolean {
    return this.#limiter.active.size > 0
  }

  /** Marks everything as to be reported: control knows nothing of this process. */
  reportAll(): void {
    for (const subject of this.#limiter.subjects) this.#acknowledge(subject)
  }

  /** What changed since the last report, at most a batch; what is left over stays for the next one. */
  collect(second: number): SubjectReport[] {
    const reports: SubjectReport[] = []
    for (const subject of this.#limiter.active) {
      if (reports.length === leaseBatchSubjects) break
      const held = subject.meters.some((meter) => meter.held(second) > 0)
      const moved = subject.meters.some((meter) => meter.held(second) !== meter.reportedHeld)
      if (subject.attempted || subject.acknowledges || moved) reports.push(toReport(subject, second))
      if (held || subject.attempted || moved) {
        subject.attempted = false
        continue
      }
      this.#limiter.active.delete(subject)
      subject.isActive = false
    }
    return reports
  }

  /** Puts control's shares in force. True when one became smaller: whoever waits for the difference waits for our word. */
  apply(leases: readonly Lease[], second: number): boolean {
    let gaveUp = false
    for (const lease of leases) {
      if (lease.forget) this.#forget(lease.id, second)
      else if (this.#put(lease)) gaveUp = true
    }
    return gaveUp
  }

  /** Control has been away for a while: where this process may hold nothing at all, it may hold one. */
  strand(): void {
    for (const subject of this.#limiter.subjects) {
      for (const meter of subject.meters) if (meter.share < 1) meter.share = 1
    }
  }

  #put(lease: Lease): boolean {
    const subject = this.#limiter.open(lease.scope, lease.id)
    let gaveUp = false
    for (const kind of limitKinds) {
      const share = lease.shares[kind]
      // What was lifted here stays lifted: the share is of a limit that another process has not heard the end of.
      const isLifted = subject.limits !== null && subject.limits[limitOf[kind]] === null
      if (!share || isLifted) continue
      const meter = subject.meter(kind)
      const before = meter.share
      meter.lease(share.limit, share.share, share.elsewhere)
      if (meter.share < before) gaveUp = true
    }
    this.#acknowledge(subject)
    return gaveUp
  }

  #acknowledge(subject: LimitedSubject): void {
    subject.acknowledges = true
    subject.isActive = true
    this.#limiter.active.add(subject)
  }

  #forget(id: string, second: number): void {
    const subject = this.#limiter.find(id)
    if (!subject || subject.attempted || subject.meters.some((meter) => meter.held(second) > 0)) return
    this.#limiter.forget(subject)
  }
}

function toReport(subject: LimitedSubject, second: number): SubjectReport {
  const meters: Partial<Record<LimitKind, MeterReport>> = {}
  for (const meter of subject.meters) meters[meter.kind] = toMeterReport(meter, second)
  subject.acknowledges = false
  return { scope: subject.scope, id: subject.id, attempted: subject.attempted, meters }
}

function toMeterReport(meter: Meter, second: number): MeterReport {
  const held = meter.held(second)
  const returns = held > 0 ? meter.returns(second) : undefined
  const report = { limit: meter.limit, share: meter.share, held, wanted: meter.wanted, ...(returns && { returns }) }
  meter.wanted = 0
  meter.reportedHeld = held
  return report
}
