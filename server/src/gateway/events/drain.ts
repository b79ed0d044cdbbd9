import { type EpochReport, heartbeatMs } from "@sluice/protocol/drain"
import type { Clock } from "../../platform/clock.ts"
import type { Logger } from "../../platform/logger.ts"
import type { Timers } from "../../platform/timers.ts"
import type { ControlChannel } from "../control-channel.ts"
import { EpochCeiling } from "./epoch-ceiling.ts"
import type { RecordBuffer } from "./record-buffer.ts"
import { type ShipmentOutcome, ship } from "./shipment.ts"
import { type Spool, type SpooledBatch, SpoolFull } from "./spool.ts"

/**
 * A batch goes when it has this many records, or this long after its first. A commit costs control as much as a hundred records, so that
 * small batches take the processor from the requests (docs/decisions/0013); what a crash may take is bounded by the time.
 */
const batchRecords = 500
const batchWaitMs = 250
/** Records of one batch when there are more. */
const largestBatch = 1000
/** Longest a batch may take to be committed. */
const shipTimeoutMs = 5000
/** A try that takes this long is broken off when memory fills up meanwhile: the spool is quicker. */
const patienceMs = 1000
/** Between two tries to reach control that is away, and after a failure of our own. */
const retryMs = 500
/** Between two tries to write to a spool that refused. */
const spoolRetryMs = 50
/** Between two reminders that control does not know our token. */
const reminderMs = 60_000
/** Longest the last report of a stop may take. */
const farewellMs = 1000

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
 * nothing overtakes anything; only when the spool cannot be used is memory emptied past it.
 */
export class Drain {
  readonly #options: DrainOptions
  readonly #startedAt: number
  /** Records that make a batch full: of a small memory a quarter, so that it does not overflow while they wait for more. */
  readonly #fullBatch: number
  readonly #ceiling = new EpochCeiling()
  #lastReportAt = 0
  #firstWaitingAt = 0
  #awaySince: number | null = null
  #lastTryAt = 0
  #lastReminderAt: number | null = null
  /** The spool took nothing when last asked; it is asked again from this time on. */
  #spoolRetryAt: number | null = null
  /** Nothing is done before this time: a turn failed in a way nobody expected. */
  #restUntil = 0
  #attempt: { readonly controller: AbortController; readonly since: number } | null = null
  #stopping = false
  #overdue = false
  #running: Promise<void> | null = null
  #wake: () => void = () => undefined

  constructor(options: DrainOptions) {
    this.#options = options
    this.#startedAt = options.clock.now()
    this.#fullBatch = Math.min(batchRecords, Math.ceil(options.buffer.capacity / 4))
    options.buffer.onChange = () => this.#changed()
  }

  /** Whether the last try to reach control failed. */
  get isControlAway(): boolean {
    return this.#awaySince !== null
  }

  /** Begins to work; records offered before are taken too. */
  start(): void {
    this.#running ??= this.#run()
  }

  /**
   * Ships what is left, for at most `deadlineMs`; spools the rest, and says goodbye, so that nothing of this process is
   * taken for lost. What neither control nor the spool takes is counted as dropped. Never throws.
   */
  async stop(deadlineMs = 5000): Promise<void> {
    const { buffer, spool, timers, logger } = this.#options
    this.#stopping = true
    const cancel = timers.after(deadlineMs, () => {
      this.#overdue = true
      this.#attempt?.controller.abort(new Error("the gateway stops"))
    })
    this.#wake()
    await this.#running
    try {
      while (!this.#overdue && this.#restUntil <= this.#now() && (buffer.length > 0 || spool.count > 0)) {
        if (!(await this.#shipNext())) break
      }
    } catch (error) {
      logger.error({ err: error }, "records could not be shipped at the stop; they go to the spool")
    }
    cancel()
    this.#spoolRetryAt = null
    while (buffer.length > 0 && (await this.#spoolSome()));
    buffer.dropAll()
    await this.#send([], { final: true, timeoutMs: farewellMs })
    await spool.close().catch((error: unknown) => logger.error({ err: error }, "the spool could not be closed"))
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
        this.#restUntil = this.#now() + retryMs
      }
    }
  }

  /** One round: to control when it answers, else to the spool. */
  async #turn(): Promise<void> {
    const { buffer, spool } = this.#options
    if (!this.isControlAway || this.#now() >= this.#lastTryAt + retryMs) await this.#shipNext()
    if (buffer.length === 0 || (!this.isControlAway && spool.count === 0)) return
    // Behind what is spooled, live records queue in the spool too: order is kept, and a crash takes less.
    const isSpooled = this.#spoolDelay() > 0 || (await this.#spoolSome())
    if (!isSpooled && !this.isControlAway) await this.#shipWaiting()
  }

  /** Ships a batch of the spool, else of memory, else a report that is due. False when control could not take it. */
  async #shipNext(): Promise<boolean> {
    const { spool } = this.#options
    const batch = spool.count > 0 ? await this.#readSpool() : null
    if (!batch) return await this.#shipWaiting()
    const done = await this.#shipBatch(toBatch(batch))
    if (done > 0) await spool.acknowledge(done)
    return done === batch.lines.length
  }

  /** A spool that cannot be read must not hold up what is in memory: then there is no batch, and it is asked again next time. */
  async #readSpool(): Promise<SpooledBatch | null> {
    try {
      return await this.#options.spool.read(largestBatch)
    } catch (error) {
      this.#options.logger.error({ err: error }, "the spool cannot be read; its records wait there")
      this.#restUntil = this.#now() + retryMs
      return null
    }
  }

  async #shipWaiting(): Promise<boolean> {
    const { buffer } = this.#options
    const { count, pieces } = buffer.peekJoined(largestBatch)
    if (count === 0 && !this.#isReportDue()) return true
    const lines = (): readonly string[] => buffer.peekLines(count)
    const done = await this.#shipBatch({ epoch: buffer.epoch, count, pieces, lines })
    buffer.remove(done)
    if (done > 0) this.#firstWaitingAt = this.#now()
    return done === count && !this.isControlAway
  }

  /** Ships a batch, halving what control refuses until the one that cannot be taken stands alone. Returns how many are done. */
  async #shipBatch({ epoch, count, pieces, lines }: Batch): Promise<number> {
    const outcome = await this.#send(pieces)
    if (outcome.kind === "later") return 0
    if (outcome.kind === "stored") {
      if (outcome.rejected.length > 0) {
        const all = lines()
        await this.#setAside({ epoch, lines: outcome.rejected.flatMap((index) => all[index] ?? []) })
      }
      return count
    }
    if (count > 1) {
      const half = Math.ceil(count / 2)
      const all = lines()
      const first = await this.#shipBatch(toBatch({ epoch, lines: all.slice(0, half) }))
      return first < half ? first : half + (await this.#shipBatch(toBatch({ epoch, lines: all.slice(half) })))
    }
    // Is it the record, or would this control refuse whatever we say? Then no record is to blame.
    const isReportTaken = count === 1 && (await this.#send([])).kind === "stored"
    if (!isReportTaken) {
      this.#noteAway("control refuses what this gateway sends; they may be of different versions")
      return 0
    }
    await this.#setAside({ epoch, lines: lines() })
    return 1
  }

  async #send(records: readonly Buffer[], { final = false, timeoutMs = shipTimeoutMs } = {}): Promise<ShipmentOutcome> {
    const { channel, timers } = this.#options
    const controller = new AbortController()
    const cancel = timers.after(timeoutMs, () => {
      controller.abort(new Error(`control did not answer within ${timeoutMs} ms`))
    })
    this.#attempt = { controller, since: this.#now() }
    const report = this.#report(final)
    const outcome = await ship(channel, report, records, controller.signal)
    cancel()
    this.#attempt = null
    this.#lastTryAt = this.#now()
    if (outcome.kind === "stored") this.#noteThere(report)
    if (outcome.kind === "later") this.#noteAway(outcome.reason)
    if (outcome.kind === "later" && outcome.isStranger) this.#remind()
    return outcome
  }

  /** Puts records away that can never be stored. Those of this process's numbering count as dropped; others, control counts. */
  async #setAside({ epoch, lines }: SpooledBatch): Promise<void> {
    const { buffer, spool, logger } = this.#options
    if (lines.length === 0) return
    if (epoch === buffer.epoch) buffer.countDropped("rejected", lines.length)
    logger.warn({ records: lines.length }, "records that can never be stored were set aside under spool/rejected")
    await spool.setAside(lines).catch((error: unknown) => {
      logger.error({ err: error }, "records that can never be stored could not be set aside either")
    })
  }

  /** Moves records from memory to the spool. False when the spool cannot take them; they stay in memory then. */
  async #spoolSome(): Promise<boolean> {
    const { buffer, spool, logger } = this.#options
    const lines = buffer.peekLines(largestBatch)
    try {
      await spool.append(lines)
    } catch (error) {
      buffer.fullReason = error instanceof SpoolFull ? "spool_full" : "ring_full"
      if (this.#spoolRetryAt === null) logger.error({ err: error }, "the spool takes no records; they wait in memory")
      this.#spoolRetryAt = this.#now() + spoolRetryMs
      return false
    }
    if (this.#spoolRetryAt !== null) logger.info({}, "the spool takes records again")
    this.#spoolRetryAt = null
    buffer.fullReason = "ring_full"
    buffer.remove(lines.length)
    this.#firstWaitingAt = this.#now()
    return true
  }

  #noteThere(report: EpochReport): void {
    if (this.#awaySince !== null) {
      const seconds = Math.round((this.#now() - this.#awaySince) / 1000)
      this.#options.logger.info(
        { away_seconds: seconds, spooled: this.#options.spool.count },
        "control takes records again",
      )
    }
    this.#awaySince = null
    this.#lastReportAt = this.#now()
    this.#ceiling.acknowledge(report.ceiling)
  }

  #noteAway(reason: string): void {
    if (this.#awaySince !== null) return
    this.#awaySince = this.#now()
    this.#options.logger.warn({ reason }, "control cannot take records; they go to the spool")
  }

  #remind(): void {
    const now = this.#now()
    if (this.#lastReminderAt !== null && now - this.#lastReminderAt < reminderMs) return
    this.#lastReminderAt = now
    this.#options.logger.error(
      {},
      "control does not know this gateway's token: SLUICE_CONTROL_TOKEN must be the same on both",
    )
  }

  #report(final: boolean): EpochReport {
    const { buffer, spool, instance, snapshotVersion } = this.#options
    return {
      instance,
      epoch: buffer.epoch,
      started_at: this.#startedAt,
      opened: buffer.openedCount,
      received: buffer.received,
      ceiling: final ? buffer.openedCount : this.#ceiling.next(buffer.openedCount, this.#now()),
      queued: buffer.length,
      spooled: spool.byEpoch,
      dropped: { ...buffer.dropped },
      final,
      snapshot_version: snapshotVersion(),
    }
  }

  #now(): number {
    return this.#options.clock.monotonic()
  }

  #isReportDue(): boolean {
    return this.#now() - this.#lastReportAt >= heartbeatMs || this.#ceiling.isNear(this.#options.buffer.openedCount)
  }

  /** A full batch, or a ceiling that comes near, does not wait for the clock. */
  #changed(): void {
    const { buffer } = this.#options
    if (this.#attempt && buffer.length >= buffer.capacity / 2) this.#hurry(this.#attempt)
    if (buffer.length === 1) this.#firstWaitingAt = this.#now()
    if (this.isControlAway && buffer.length !== 1 && buffer.length !== this.#fullBatch) return
    if (buffer.length >= this.#fullBatch || buffer.length === 1 || this.#ceiling.isNear(buffer.openedCount))
      this.#wake()
  }

  #hurry({ controller, since }: { readonly controller: AbortController; readonly since: number }): void {
    if (this.#now() - since < patienceMs || this.#spoolRetryAt !== null) return
    controller.abort(new Error("control is too slow for what comes in"))
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

  /** Milliseconds until the next thing to do; 0 or less when it is now. */
  #delay(): number {
    const { buffer, spool } = this.#options
    const now = this.#now()
    if (this.#restUntil > now) return this.#restUntil - now
    if (this.isControlAway) {
      const tryDelay = this.#lastTryAt + retryMs - now
      return buffer.length > 0 ? Math.min(tryDelay, this.#spoolDelay()) : tryDelay
    }
    if (spool.count > 0 || this.#isReportDue()) return 0
    return Math.min(this.#batchDelay(), this.#lastReportAt + heartbeatMs - now)
  }

  #batchDelay(): number {
    const { buffer } = this.#options
    if (buffer.length === 0) return heartbeatMs
    return buffer.length >= this.#fullBatch ? 0 : this.#firstWaitingAt + batchWaitMs - this.#now()
  }

  #spoolDelay(): number {
    return this.#spoolRetryAt === null ? this.#batchDelay() : this.#spoolRetryAt - this.#now()
  }
}

/** Records of one numbering on their way to control. */
interface Batch {
  readonly epoch: string
  readonly count: number
  /** Them as JSON with commas between them; to be copied before anything is waited for. */
  readonly pieces: readonly Buffer[]
  /** Them one by one, for when control does not take all; asked for only before any is removed. */
  lines(): readonly string[]
}

const toBatch = ({ epoch, lines }: SpooledBatch): Batch => ({
  epoch,
  count: lines.length,
  pieces: lines.length === 0 ? [] : [Buffer.from(lines.join(","))],
  lines: () => lines,
})
