import { firstShare, type ProcessPlace, scaleShare } from "@sluice/protocol/leases"
import type { LimitKind } from "@sluice/protocol/limits"
import { heldSeconds, MinuteWindow } from "./minute-window.ts"

/**
 * One limit of one key or organization at this process: how much is held, and how much may be. A unit by the minute is held
 * for a minute, a stream or a request for as long as it is open. Times are seconds, with fractions, of a clock that never goes back.
 */
export class Meter {
  readonly kind: LimitKind
  /** The whole limit, over all processes; Infinity while there is none. */
  limit = Number.POSITIVE_INFINITY
  /** What this process may hold of it. */
  share = Number.POSITIVE_INFINITY
  /** What other processes held when control last said so. */
  elsewhere = 0
  /** Whether control has said what the share is. */
  isLeased = false
  /** Units asked for since the last report, refused or not. */
  wanted = 0
  /** What the last report said was held. */
  reportedHeld = 0
  readonly #window: MinuteWindow | null
  #open = 0

  constructor(kind: LimitKind) {
    this.kind = kind
    this.#window = kind === "requests" || kind === "tokens" ? new MinuteWindow() : null
  }

  /** Whether it is limited at all. */
  get isLimited(): boolean {
    return this.limit !== Number.POSITIVE_INFINITY
  }

  /** Takes a new limit, null for none. A share that control gave keeps its proportion until control says otherwise. */
  setLimit(limit: number | null, place: ProcessPlace): void {
    const before = this.limit
    if ((limit ?? Number.POSITIVE_INFINITY) === before) return
    this.limit = limit ?? Number.POSITIVE_INFINITY
    if (limit === null) this.share = Number.POSITIVE_INFINITY
    else if (this.isLeased && before !== Number.POSITIVE_INFINITY) this.share = scaleShare(this.share, before, limit)
    else this.share = firstShare(limit, place)
  }

  /** What control leases of a limit it took for `limit`. */
  lease(limit: number, share: number, elsewhere: number): void {
    if (!this.isLimited) this.limit = limit
    this.share = this.limit === limit ? share : scaleShare(share, limit, this.limit)
    this.elsewhere = elsewhere
    this.isLeased = true
  }

  /** Units held by this process. */
  held(second: number): number {
    return this.#window ? this.#window.held(second) : this.#open
  }

  /**
   * Whether so many more may be taken. A process that holds no token lets one request through however large its estimate is:
   * otherwise a limit below one request's `max_tokens` would let nothing through, ever.
   */
  fits(units: number, second: number): boolean {
    const held = this.held(second)
    return held + units <= this.share || (this.kind === "tokens" && held === 0 && this.share > 0)
  }

  take(units: number, second: number): void {
    if (this.#window) this.#window.take(units, second)
    else this.#open += units
  }

  /** Gives back what was taken at `takenAt` and not used, or (a negative difference turned round) adds what was used beyond. */
  correct(difference: number, takenAt: number, second: number): void {
    if (this.#window) this.#window.correct(difference, takenAt, second)
    else this.#open = Math.max(0, this.#open + difference)
  }

  /** When what is held by the minute comes back, by tens of seconds; undefined for what is open. */
  returns(second: number): number[] | undefined {
    return this.#window?.returns(second)
  }

  /** Units left of the whole limit, as far as this process knows. */
  remaining(second: number): number {
    return Math.max(0, this.limit - this.elsewhere - this.held(second))
  }

  /** Whether most of what this process may hold is held, while others may hold more. */
  isShort(second: number): boolean {
    return this.share < this.limit && this.held(second) * 4 >= this.share * 3
  }

  /** Whole seconds until a refused request is worth another try; at least one. */
  retryAfterSeconds(units: number, second: number): number {
    // What is open can close at any moment, and what other processes do not use is here within a second.
    if (!this.#window || (this.share < this.limit && this.remaining(second) >= units)) return 1
    const held = this.#window.held(second)
    if (held === 0) return Math.min(heldSeconds, Math.max(1, Math.ceil((heldSeconds * units) / this.limit)))
    return this.#window.secondsUntilBack(Math.min(held, held + units - this.share), second)
  }

  /** Seconds until everything has come back if nothing more is taken; 0 for what is not by the minute. */
  resetSeconds(second: number): number {
    return this.#window?.secondsUntilEmpty(second) ?? 0
  }
}
