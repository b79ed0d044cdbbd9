import { type MeterReport, scaleShare } from "@sluice/protocol/leases"
import { shareLimit } from "./share-limit.ts"

/** What a process says of the units that come back is by tens of seconds; the last may be a second late. */
const returnMs = 10_000
const returnSlackMs = 1000
/** So long without asking halves a process's demand: short enough to follow it, long enough to know a rate of one a second. */
const demandHalfLifeMs = 4000
/** At most this part of a limit is lent twice. */
const lentTwice = 0.05

/** One process's part, as control knows it. */
export interface Holder {
  /** What it may hold at most, as far as control can be sure: a share that was lowered counts until the process said so. */
  committed: number
  held: number
  demand: number
  reportedAt: number
  /** What comes back in each ten seconds after `reportedAt`. */
  returns: readonly number[]
  /** What it was told last; null: nothing yet. */
  told: { readonly share: number; readonly elsewhere: number } | null
}

/** What a process is to be told. */
export interface Share {
  readonly limit: number
  readonly share: number
  readonly elsewhere: number
}

/**
 * One limit shared out among gateway processes. What they may hold together never exceeds it, but by what is lent twice: a
 * share grows only by what is certainly nobody else's. Times are monotonic milliseconds.
 */
export class LeasedLimit<Session extends object> {
  #limit: number
  readonly #lends: boolean
  readonly #holders = new Map<Session, Holder>()
  /** What processes that are gone held of the last minute. */
  #ghosts: { readonly units: number; readonly until: number }[] = []

  /**
   * @param options.lends whether some units may be lent twice: one for each process beyond the first, 5 % at most. Among
   * several processes about so many lie unused where nobody asks just then, and of a small limit that is much.
   */
  constructor(limit: number, { lends }: { readonly lends: boolean }) {
    this.#limit = limit
    this.#lends = lends
  }

  /** The whole limit. */
  get limit(): number {
    return this.#limit
  }

  /** Adds a process that was told nothing yet, and begins with `committed` of its own accord. */
  join(session: Session, committed: number): void {
    if (!this.#holders.has(session)) {
      const unheard = { held: 0, demand: 0, reportedAt: Number.NEGATIVE_INFINITY, returns: [], told: null }
      this.#holders.set(session, { committed, ...unheard })
    }
  }

  /** A process gives up its part. What a lost one took in the last minute comes back as that minute passes. */
  leave(session: Session, { lost }: { readonly lost: boolean }): void {
    const holder = this.#holders.get(session)
    this.#holders.delete(session)
    if (!holder || !lost) return
    for (const [ten, units] of holder.returns.entries()) {
      if (units > 0) this.#ghosts.push({ units, until: holder.reportedAt + (ten + 1) * returnMs + returnSlackMs })
    }
  }

  /** Takes a new limit: every process scales its own share as soon as it sees it, before it admits anything more. */
  change(limit: number): void {
    const before = this.#limit
    if (limit === before) return
    this.#limit = limit
    for (const holder of this.#holders.values()) {
      holder.committed = Math.max(holder.held, scaleShare(holder.committed, before, limit))
      holder.told = null
    }
  }

  /** Takes in what a process says. */
  report(session: Session, report: MeterReport, now: number): void {
    const holder = this.#holders.get(session)
    if (!holder) return
    const share = report.limit === this.#limit ? report.share : scaleShare(report.share, report.limit, this.#limit)
    // What it was told may never have arrived; what it says is how it is.
    if (holder.told?.share !== share) holder.told = null
    holder.committed = Math.max(share, report.held)
    holder.held = report.held
    const elapsedMs = Math.max(1, Math.min(demandHalfLifeMs, now - holder.reportedAt))
    const keep = 0.5 ** (elapsedMs / demandHalfLifeMs)
    holder.demand = this.#demand(holder, now) + (report.wanted * 1000 * (1 - keep)) / elapsedMs
    holder.reportedAt = now
    holder.returns = report.returns ?? []
  }

  /**
   * What a process is to be told now; null when it knows already. A larger share is in force from here on; a smaller one when
   * the process says so.
   */
  lease(session: Session, options: { readonly now: number; readonly mayGrow: boolean }): Share | null {
    const holder = this.#holders.get(session)
    if (!holder) return null
    const { share, elsewhere } = this.#weigh(session, holder, options)
    const known = holder.told
    const isNews = known === null || known.share !== share || Math.abs(known.elsewhere - elsewhere) * 20 >= this.#limit
    if (!isNews) return null
    holder.committed = Math.max(holder.committed, share)
    holder.told = { share, elsewhere }
    return { limit: this.#limit, share, elsewhere }
  }

  /** Whether nobody holds anything of it. */
  isIdle(now: number): boolean {
    return this.#reserved(now) === 0 && [...this.#holders.values()].every((holder) => holder.held === 0)
  }

  #weigh(
    session: Session,
    holder: Holder,
    { now, mayGrow }: { readonly now: number; readonly mayGrow: boolean },
  ): { readonly share: number; readonly elsewhere: number } {
    const reserved = this.#reserved(now)
    const holders = [...this.#holders]
    const parts = holders.map(([, other]) => ({
      held: other.held,
      demand: this.#demand(other, now),
      spare: Math.max(0, other.committed - other.held),
    }))
    const sum = this.#limit + this.#lent()
    const wanted = shareLimit(sum, reserved, parts)
    const target = wanted[holders.findIndex(([other]) => other === session)] as number
    let elsewhere = reserved
    let committedElsewhere = reserved
    let isContended = false
    for (const [other, { held, committed }] of holders) {
      if (held * 4 >= committed * 3) isContended = true
      if (other === session) continue
      elsewhere += held
      committedElsewhere += committed
    }
    // While there is enough for all, small differences are not worth a message.
    const worthwhile = isContended ? 1 : Math.max(1, this.#limit / 50)
    if (Math.abs(target - holder.committed) < worthwhile) return { share: holder.committed, elsewhere }
    if (target < holder.committed) return { share: target, elsewhere }
    const room = mayGrow ? sum - committedElsewhere : 0
    return { share: Math.max(holder.committed, Math.min(target, room)), elsewhere }
  }

  /** Units that are lent twice. */
  #lent(): number {
    return this.#lends ? Math.min(this.#holders.size - 1, Math.floor(this.#limit * lentTwice)) : 0
  }

  /** Units taken by processes that are gone, less what has come back since. */
  #reserved(now: number): number {
    if (this.#ghosts.length === 0) return 0
    this.#ghosts = this.#ghosts.filter((ghost) => now < ghost.until)
    return this.#ghosts.reduce((sum, { units }) => sum + units, 0)
  }

  #demand(holder: Holder, now: number): number {
    return holder.demand * 0.5 ** ((now - holder.reportedAt) / demandHalfLifeMs)
  }
}
