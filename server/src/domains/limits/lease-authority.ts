import {
  firstShare,
  type Lease,
  type LeaseAnswer,
  type LeaseReport,
  type LimitScope,
  leaseBatchSubjects,
  leaseLostMs,
  type SubjectReport,
} from "@sluice/protocol/leases"
import { type LimitKind, limitKinds } from "@sluice/protocol/limits"
import { LeasedLimit } from "./leased-limit.ts"

/** Between two looks at who is gone and what is idle. */
const sweepMs = 1000
/** When nothing at all was heard for so long, it was this process that slept, and not everyone else. */
const sleptMs = 2500
/** What nobody has used for so long is forgotten everywhere. */
const forgetAfterMs = 120_000
/** Keys and organizations leased at most; others stay with the share they begin with. */
const defaultCapacity = 50_000

interface Session {
  readonly epoch: string
  readonly processes: number
  readonly place: number
  heardAt: number
  /** Subjects whose shares are to be reckoned again when it reports next. */
  readonly due: Set<Subject>
  /** What it is to forget. */
  readonly forgets: Lease[]
}

interface Subject {
  readonly scope: LimitScope
  readonly id: string
  readonly limits: Map<LimitKind, LeasedLimit<Session>>
  usedAt: number
}

/**
 * Shares limits out among gateway processes, in memory: it answers their reports and remembers what each may hold. After a
 * start it lets no share grow until every process has said what it holds, or has been silent for long enough to be gone, so
 * that a restart hands nothing out twice.
 */
export class LeaseAuthority {
  readonly #monotonic: () => number
  readonly #capacity: number
  readonly #startedAt: number
  readonly #sessions = new Map<string, Session>()
  readonly #subjects = new Map<string, Subject>()
  #sweptAt: number
  #heardAt: number
  #isComplete = false

  /** @param options.monotonic milliseconds of a clock that never goes back */
  constructor(options: { readonly monotonic: () => number; readonly capacity?: number }) {
    this.#monotonic = options.monotonic
    this.#capacity = options.capacity ?? defaultCapacity
    this.#startedAt = options.monotonic()
    this.#sweptAt = this.#startedAt
    this.#heardAt = this.#startedAt
  }

  /** Keys and organizations whose limits are being shared out. */
  get size(): number {
    return this.#subjects.size
  }

  /** Takes in what a process reports, and says what it may hold from now on. */
  answer(report: LeaseReport): LeaseAnswer {
    const now = this.#monotonic()
    this.#excuseSleep(now)
    const session = this.#sessionOf(report, now)
    if (!session) return { known: report.final, leases: [] }
    session.heardAt = now
    for (const subject of report.subjects) this.#absorb(session, subject, now)
    if (now - this.#sweptAt >= sweepMs) this.#sweep(now)
    return { known: true, leases: this.#leases(session, now) }
  }

  #sessionOf(report: LeaseReport, now: number): Session | null {
    const known = this.#sessions.get(report.epoch)
    if (report.final) {
      if (known) {
        // What it took since its last report is still held, though nobody is there any more to give it back.
        for (const subject of report.subjects) this.#absorb(known, subject, now)
        this.#end(known, { lost: true })
      }
      return null
    }
    if (!report.full) return known ?? null
    if (known) this.#end(known, { lost: false })
    const session: Session = {
      epoch: report.epoch,
      processes: report.processes,
      place: report.place,
      heardAt: now,
      due: new Set(this.#subjects.values()),
      forgets: [],
    }
    this.#sessions.set(report.epoch, session)
    for (const subject of this.#subjects.values()) {
      for (const limit of subject.limits.values()) limit.join(session, firstShare(limit.limit, session))
    }
    return session
  }

  #absorb(session: Session, report: SubjectReport, now: number): void {
    const subject = this.#subjects.get(report.id) ?? this.#open(report, now)
    if (!subject) return
    if (report.attempted) subject.usedAt = now
    for (const kind of limitKinds) {
      const meter = report.meters[kind]
      if (meter) {
        const limit = subject.limits.get(kind) ?? this.#openLimit(subject, kind, meter.limit)
        if (report.attempted) limit.change(meter.limit)
        limit.report(session, meter, now)
      } else if (report.attempted) subject.limits.delete(kind)
    }
    for (const other of this.#sessions.values()) other.due.add(subject)
  }

  #open({ scope, id }: SubjectReport, now: number): Subject | null {
    if (this.#subjects.size >= this.#capacity) return null
    const subject: Subject = { scope, id, limits: new Map(), usedAt: now }
    this.#subjects.set(id, subject)
    return subject
  }

  #openLimit(subject: Subject, kind: LimitKind, units: number): LeasedLimit<Session> {
    const limit = new LeasedLimit<Session>(units, { lends: kind === "requests" })
    for (const session of this.#sessions.values()) limit.join(session, firstShare(units, session))
    subject.limits.set(kind, limit)
    return limit
  }

  #leases(session: Session, now: number): Lease[] {
    const leases = session.forgets.splice(0, leaseBatchSubjects)
    const mayGrow = this.#knowsEveryone(now)
    for (const subject of session.due) {
      if (leases.length >= leaseBatchSubjects) break
      session.due.delete(subject)
      const shares: Lease["shares"] = {}
      for (const [kind, limit] of subject.limits) {
        const share = limit.lease(session, { now, mayGrow })
        if (share) shares[kind] = share
      }
      if (Object.keys(shares).length === 0) continue
      leases.push({ scope: subject.scope, id: subject.id, forget: false, shares })
    }
    return leases
  }

  /** Whether whoever could hold anything has said so since the start. */
  #knowsEveryone(now: number): boolean {
    if (this.#isComplete) return true
    const expected = Math.max(...[...this.#sessions.values()].map((session) => session.processes))
    this.#isComplete = this.#sessions.size >= expected || now - this.#startedAt >= leaseLostMs
    return this.#isComplete
  }

  /** A stopped machine, or a blocked process, must not take everyone for gone when it wakes. */
  #excuseSleep(now: number): void {
    const silentMs = now - this.#heardAt
    this.#heardAt = now
    if (silentMs < sleptMs) return
    for (const session of this.#sessions.values()) session.heardAt = Math.min(now, session.heardAt + silentMs)
  }

  #sweep(now: number): void {
    this.#sweptAt = now
    for (const session of this.#sessions.values()) {
      if (now - session.heardAt > leaseLostMs) this.#end(session, { lost: true })
    }
    for (const subject of this.#subjects.values()) {
      if (now - subject.usedAt >= forgetAfterMs && isIdle(subject, now)) this.#forget(subject)
    }
  }

  #end(session: Session, at: { readonly lost: boolean }): void {
    this.#sessions.delete(session.epoch)
    for (const subject of this.#subjects.values()) {
      for (const limit of subject.limits.values()) limit.leave(session, at)
      for (const other of this.#sessions.values()) other.due.add(subject)
    }
  }

  #forget(subject: Subject): void {
    this.#subjects.delete(subject.id)
    for (const session of this.#sessions.values()) {
      session.due.delete(subject)
      session.forgets.push({ scope: subject.scope, id: subject.id, forget: true, shares: {} })
    }
  }
}

const isIdle = (subject: Subject, now: number): boolean =>
  [...subject.limits.values()].every((limit) => limit.isIdle(now))
