import { LeaseAnswer, type LeaseReport, leasePath, leaseReportMs } from "@sluice/protocol/leases"
import type { Clock } from "../../platform/clock.ts"
import type { Logger } from "../../platform/logger.ts"
import type { Timers } from "../../platform/timers.ts"
import type { ControlChannel } from "../control-channel.ts"
import { gauge, type Sample } from "../counters.ts"
import { LeaseBook } from "./lease-book.ts"
import type { Limiter } from "./limiter.ts"

/** Between two reports while there is anything to share out. */
const busyReportMs = leaseReportMs / 2
/** Between two reports when a share runs short: a burst asks this often and not more. */
const hurriedReportMs = 100
/** Longest control may take to answer. */
const answerTimeoutMs = 2000
/** The first word is said before the first request is taken; a start waits this long for the answer. */
const greetingTimeoutMs = 1000
/** Silence after which this process is on its own. */
const awayMs = 3000

export interface LeaseClientOptions {
  readonly channel: Pick<ControlChannel, "post">
  readonly limiter: Limiter
  readonly clock: Clock
  readonly timers: Timers
  readonly logger: Logger
  readonly instance: string
  /** This process's life, a UUID. */
  readonly epoch: string
}

/**
 * Keeps the limiter's shares in step with the other gateway processes: tells control what is held and wanted, and puts in
 * force what it answers. Control being away changes nothing: the last shares stay.
 */
export class LeaseClient {
  readonly #options: LeaseClientOptions
  readonly #book: LeaseBook
  #isKnown = false
  #stopped = false
  #sending: Promise<void> | null = null
  #isHurried = false
  #lastReportAt = Number.NEGATIVE_INFINITY
  #lastAnswerAt: number
  #isAway = false
  #cancelTurn: () => void = () => undefined

  constructor(options: LeaseClientOptions) {
    this.#options = options
    this.#book = new LeaseBook(options.limiter)
    this.#lastAnswerAt = options.clock.monotonic()
  }

  /** Says that this process is there, and hears what is leased already; then goes on by itself. Never throws. */
  async start(): Promise<void> {
    const { limiter } = this.#options
    limiter.onShort = () => this.#hurry()
    await this.#report(greetingTimeoutMs)
    this.#schedule()
  }

  /** Gives everything back. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#options.limiter.onShort = () => undefined
    this.#cancelTurn()
    await this.#sending
    await this.#send({ final: true, timeoutMs: greetingTimeoutMs }).catch(() => undefined)
  }

  /** How old the shares are, for a scrape. */
  samples(): Sample[] {
    const age = (this.#options.clock.monotonic() - this.#lastAnswerAt) / 1000
    return [gauge("sluice_gateway_lease_age_seconds", "Since control last confirmed the shares of limits.", age, "max")]
  }

  /** A share runs short: the next report does not wait for its time. */
  #hurry(): void {
    if (this.#isHurried || this.#stopped) return
    this.#isHurried = true
    if (!this.#sending) this.#schedule()
  }

  #schedule(): void {
    this.#cancelTurn()
    if (this.#stopped) return
    const interval = this.#isHurried ? hurriedReportMs : this.#book.isBusy ? busyReportMs : leaseReportMs
    const waitMs = Math.max(0, this.#lastReportAt + interval - this.#options.clock.monotonic())
    this.#cancelTurn = this.#options.timers.after(waitMs, () => {
      this.#sending = this.#report(answerTimeoutMs).finally(() => {
        this.#sending = null
        this.#schedule()
      })
    })
  }

  /** Reports until control has what it needs: who gave something up says so at once, because others wait for it. */
  async #report(timeoutMs: number): Promise<void> {
    const { clock, logger } = this.#options
    this.#isHurried = false
    this.#lastReportAt = clock.monotonic()
    try {
      for (let rounds = 0; rounds < 3 && (await this.#send({ final: false, timeoutMs })); rounds += 1);
      if (this.#isAway) logger.info({}, "control leases limits again")
      this.#isAway = false
    } catch (error) {
      // What it told may be lost; control is told everything again.
      this.#isKnown = false
      if (clock.monotonic() - this.#lastAnswerAt < awayMs) return
      this.#book.strand()
      if (!this.#isAway) logger.warn({ err: error }, "control leases no limits; the last shares stay in force")
      this.#isAway = true
    }
  }

  /** Sends one report. True when another is due at once. */
  async #send({ final, timeoutMs }: { readonly final: boolean; readonly timeoutMs: number }): Promise<boolean> {
    const { channel, clock, timers, limiter, instance, epoch } = this.#options
    const full = !this.#isKnown
    if (full) this.#book.reportAll()
    const subjects = this.#book.collect(clock.monotonic() / 1000)
    const report: LeaseReport = { instance, epoch, ...limiter.place, full, final, subjects }
    const controller = new AbortController()
    const cancel = timers.after(timeoutMs, () => {
      controller.abort(new Error(`control did not answer within ${timeoutMs} ms`))
    })
    try {
      const { status, text } = await channel.post(leasePath, JSON.stringify(report), controller.signal)
      if (status !== 200) throw new Error(`control answered ${status}`)
      const answer = LeaseAnswer.parse(JSON.parse(text))
      this.#lastAnswerAt = clock.monotonic()
      this.#isKnown = answer.known
      return this.#book.apply(answer.leases, clock.monotonic() / 1000) || !answer.known
    } finally {
      cancel()
    }
  }
}
