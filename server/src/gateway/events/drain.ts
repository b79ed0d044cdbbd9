import { drainBatchRecords, type EpochReport, heartbeatMs } from "@sluice/protocol/drain"
import type { Clock } from "../../platform/clock.ts"
import type { Logger } from "../../platform/logger.ts"
import type { Timers } from "../../platform/timers.ts"
import type { ControlChannel } from "../control-channel.ts"
import type { RecordBuffer } from "./record-buffer.ts"
import { type ShipmentOutcome, ship } from "./shipment.ts"
import { type Spool, SpoolFull } from "./spool.ts"

/** A batch goes when it has this many records, or this long after its first. */
const batchRecords = 100
const batchWaitMs = 250
/** Between two tries to reach control that is away. */
const retryMs = 500
/** Exchanges that may begin before a later report is acknowledged; more is asked for in time. */
const smallestHeadroom = 1000

export interface DrainOptions {
  readonly buffer: RecordBuffer
  readonly spool: Spool
  readonly channel: ControlChannel
  readonly clock: Clock
  readonly timers: Timers
  readonly logger: Logger
  readonly instance: string
  readonly snapshotVersion: () => string | null
}

/**
 * Takes finished records out of memory: to control while it answers, to the spool while it does not, and from the spool to
 * control when it is back. A record leaves memory only when control has committed it or the spool holds it. One loop, so
 * nothing overtakes anything.
 */
export class Drain {
  readonly #options: DrainOptions
  readonly #startedAt: number
  #headroom = smallestHeadroom
  #openedBefore = 0
  #ceiling = smallestHeadroom
  #acknowledgedCeiling = 0
  #lastReportAt = 0
  #firstWaitingAt = 0
  #away = false
  #awaySince = 0
  #lastTryAt = 0
  #spoolBroken = false
  #stopping = false
  #running: Promise<void> | null = null
  #wake: () => void = () => undefined

  constructor(options: DrainOptions) {
    this.#options = options
    this.#startedAt = options.clock.now()
    options.buffer.onChange = () => this.#changed()
  }

  /** Whether the last try to reach control failed. */
  get isControlAway(): boolean {
    return this.#away
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /**
   * Ships what is left, for at most `deadlineMs`; spools the rest, and says goodbye, so that nothing of this process is
   * taken for lost.
   */
  async stop(deadlineMs = 5000): Promise<void> {
    this.#stopping = true
    this.#wake()
    await this.#running
    const { buffer, spool, clock } = this.#options
    const until = clock.monotonic() + deadlineMs
    while ((buffer.length > 0 || spool.count > 0) && clock.monotonic() < until) {
      if (!(await this.#shipSome())) break
    }
    while (buffer.length > 0 && (await this.#spoolSome()));
    await ship(this.#options.channel, this.#report(true), [])
    await spool.close()
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      const delayMs = this.#delay()
      if (delayMs > 0) {
        await this.#wait(delayMs)
        continue
      }
      try {
        await this.#turn()
      } catch (error) {
        this.#options.logger.error({ err: error }, "a turn of the drain failed; records stay where they are")
      }
    }
  }

  /** One round: to control when it answers, else to the spool. */
  async #turn(): Promise<void> {
    const { buffer, spool, clock } = this.#options
    const due = clock.monotonic() - this.#lastTryAt >= retryMs
    if (!this.#away || due) {
      this.#lastTryAt = clock.monotonic()
      const waiting = spool.count > 0 || buffer.length > 0
      if (waiting) await this.#shipSome()
      else if (this.#isReportDue()) await this.#shipLines([])
    }
    // Behind what is spooled, live records queue in the spool too: order is kept, and memory stays free.
    if ((this.#away || spool.count > 0) && buffer.length > 0) {
      const spooled = await this.#spoolSome()
      // With the spool broken and control there, memory is emptied past what waits in the spool.
      if (!spooled && !this.#away) await this.#shipWaiting()
    }
  }

  /** Ships one batch, of the spool if it holds any, else of memory. False when control could not take it. */
  async #shipSome(): Promise<boolean> {
    const { spool } = this.#options
    const batch = spool.count > 0 ? await spool.read(drainBatchRecords) : null
    if (!batch) return await this.#shipWaiting()
    const done = await this.#shipLines(batch.lines)
    if (done > 0) await spool.acknowledge(done)
    return done === batch.lines.length
  }

  /** Ships a batch of what waits in memory. False when control could not take it. */
  async #shipWaiting(): Promise<boolean> {
    const { buffer } = this.#options
    const lines = buffer.peek(drainBatchRecords).map((record) => JSON.stringify(record))
    if (lines.length === 0) return true
    const done = await this.#shipLines(lines)
    buffer.remove(done)
    this.#settleWaiting()
    return done === lines.length
  }

  /** Ships lines, halving what control refuses until the one that cannot be taken stands alone. Returns how many are done. */
  async #shipLines(lines: readonly string[]): Promise<number> {
    const outcome = await ship(this.#options.channel, this.#report(false), lines)
    this.#noteOutcome(outcome)
    if (outcome.kind === "stored") {
      const rejected = outcome.rejected.flatMap((index) => lines[index] ?? [])
      if (rejected.length > 0) await this.#setAside(rejected)
      return lines.length
    }
    if (outcome.kind === "later") return 0
    const [only] = lines
    if (lines.length <= 1) {
      if (only !== undefined) {
        this.#options.buffer.drop("rejected", 1)
        await this.#setAside([only])
      }
      return lines.length
    }
    const half = Math.ceil(lines.length / 2)
    const first = await this.#shipLines(lines.slice(0, half))
    return first < half ? first : half + (await this.#shipLines(lines.slice(half)))
  }

  async #setAside(lines: readonly string[]): Promise<void> {
    const { spool, logger } = this.#options
    logger.warn({ records: lines.length }, "records that can never be stored were set aside under spool/rejected")
    await spool.setAside(lines).catch((error: unknown) => {
      logger.error({ err: error }, "records that can never be stored could not be set aside either")
    })
  }

  /** Moves records from memory to the spool. False when the spool cannot take them; they stay in memory then. */
  async #spoolSome(): Promise<boolean> {
    const { buffer, spool, logger } = this.#options
    const records = buffer.peek(drainBatchRecords)
    try {
      await spool.append(records.map((record) => JSON.stringify(record)))
    } catch (error) {
      buffer.fullReason = error instanceof SpoolFull ? "spool_full" : "ring_full"
      if (!this.#spoolBroken) logger.error({ err: error }, "the spool cannot take records; they wait in memory")
      this.#spoolBroken = true
      return false
    }
    if (this.#spoolBroken) logger.info({}, "the spool takes records again")
    this.#spoolBroken = false
    buffer.fullReason = "ring_full"
    buffer.remove(records.length)
    this.#settleWaiting()
    return true
  }

  #noteOutcome(outcome: ShipmentOutcome): void {
    const { logger, clock } = this.#options
    this.#lastTryAt = clock.monotonic()
    if (outcome.kind === "later") {
      if (!this.#away) {
        this.#awaySince = clock.monotonic()
        logger.warn({ reason: outcome.reason }, "control cannot take records; they go to the spool")
      }
      this.#away = true
      return
    }
    if (this.#away) {
      const seconds = Math.round((clock.monotonic() - this.#awaySince) / 1000)
      logger.info({ away_seconds: seconds, spooled: this.#options.spool.count }, "control takes records again")
    }
    this.#away = false
    this.#lastReportAt = clock.monotonic()
    this.#acknowledgedCeiling = this.#ceiling
  }

  #report(final: boolean): EpochReport {
    const { buffer, spool, instance, snapshotVersion } = this.#options
    const recent = buffer.openedCount - this.#openedBefore
    this.#openedBefore = buffer.openedCount
    this.#headroom = Math.max(smallestHeadroom, 2 * recent)
    this.#ceiling = final ? buffer.openedCount : buffer.openedCount + this.#headroom
    return {
      instance,
      epoch: buffer.epoch,
      started_at: this.#startedAt,
      opened: buffer.openedCount,
      received: buffer.received,
      ceiling: this.#ceiling,
      queued: buffer.length,
      spooled: { ...spool.byEpoch },
      dropped: { ...buffer.dropped },
      final,
      snapshot_version: snapshotVersion(),
    }
  }

  #isReportDue(): boolean {
    const quiet = this.#options.clock.monotonic() - this.#lastReportAt
    return quiet >= heartbeatMs || this.#isCeilingNear()
  }

  #isCeilingNear(): boolean {
    return this.#options.buffer.openedCount + this.#headroom / 2 > this.#acknowledgedCeiling
  }

  /** A full batch, or a ceiling that comes near, does not wait for the clock. */
  #changed(): void {
    const { buffer, clock } = this.#options
    if (buffer.length === 1) this.#firstWaitingAt = clock.monotonic()
    if (this.#away) return
    if (buffer.length >= batchRecords || buffer.length === 1 || this.#isCeilingNear()) this.#wake()
  }

  #settleWaiting(): void {
    this.#firstWaitingAt = this.#options.buffer.length > 0 ? this.#options.clock.monotonic() : 0
  }

  /** Waits so long, or until something changed. */
  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        cancel()
        this.#wake = () => undefined
        resolve()
      }
      const cancel = this.#options.timers.after(delayMs, wake)
      this.#wake = wake
    })
  }

  /** Milliseconds until the next thing to do; 0 when it is now. */
  #delay(): number {
    const { buffer, spool, clock } = this.#options
    const now = clock.monotonic()
    if (this.#away) {
      const spoolDelay = buffer.length > 0 ? this.#firstWaitingAt + batchWaitMs - now : retryMs
      return Math.max(this.#spoolBroken ? 50 : 0, Math.min(this.#lastTryAt + retryMs - now, spoolDelay))
    }
    if (spool.count > 0 || buffer.length >= batchRecords || this.#isCeilingNear()) return 0
    const batchDelay = buffer.length > 0 ? this.#firstWaitingAt + batchWaitMs - now : heartbeatMs
    return Math.max(0, Math.min(batchDelay, this.#lastReportAt + heartbeatMs - now))
  }
}
