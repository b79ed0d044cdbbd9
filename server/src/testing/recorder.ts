import { join } from "node:path"
import { ExchangeRecord } from "@sluice/protocol/exchange-record"
import { expect } from "vitest"
import { exampleExchange } from "../domains/requests/example-exchange.ts"
import { ControlChannel, parseControlAddress } from "../gateway/control-channel.ts"
import { Drain } from "../gateway/events/drain.ts"
import { RecordBuffer } from "../gateway/events/record-buffer.ts"
import type { UnnumberedRecord } from "../gateway/events/record-line.ts"
import { Spool } from "../gateway/events/spool.ts"
import { createUuid } from "../platform/ids.ts"
import type { Logger } from "../platform/logger.ts"
import { type ControlServer, testControlToken } from "./control-server.ts"
import { ManualTimers, turnUntil } from "./manual-timers.ts"

const organization = createUuid(1)

/** An unnumbered record of a short chat. */
export function recordOf(id: string): UnnumberedRecord {
  const place = { organization_id: organization, project_id: organization, key_id: organization, finished_at: 1000 }
  const { seq: _seq, epoch: _epoch, ...record } = exampleExchange({ ...place, epoch: organization }, { id })
  return record
}

/** The records that wait in a buffer, oldest first. */
export function recordsIn(buffer: RecordBuffer): ExchangeRecord[] {
  return buffer.peekLines(buffer.length).map((line) => ExchangeRecord.parse(JSON.parse(line)))
}

/** A gateway process as far as its records go, on time that a test lets pass; control listens on `<folder>/control.sock`. */
export class Recorder {
  readonly timers = new ManualTimers()
  readonly buffer: RecordBuffer
  readonly spool: Spool
  readonly drain: Drain
  readonly log: { readonly level: string; readonly message: string }[] = []
  readonly #control: ControlServer
  readonly #channel: ControlChannel

  private constructor(control: ControlServer, channel: ControlChannel, buffer: RecordBuffer, spool: Spool) {
    this.#control = control
    this.#channel = channel
    this.buffer = buffer
    this.spool = spool
    const note = (level: string) => (_facts: object, message: string) => void this.log.push({ level, message })
    const logger: Logger = { debug: note("debug"), info: note("info"), warn: note("warn"), error: note("error") }
    const { timers } = this
    const shared = { buffer, spool, channel, clock: timers.clock, timers, logger }
    this.drain = new Drain({ ...shared, instance: "gateway-0", snapshotVersion: () => "7" })
  }

  static async start(control: ControlServer, folder: string, options: RecorderOptions = {}): Promise<Recorder> {
    const epoch = createUuid(Date.now())
    const buffer = new RecordBuffer({ epoch, capacity: options.capacity ?? 10_000 })
    const maxBytes = options.maxBytes ?? 1024 * 1024 * 1024
    const spool = await Spool.open({
      folder: join(folder, "spool"),
      instance: "gateway-0",
      epoch,
      maxBytes,
      segmentBytes: 4000,
    })
    const channel = new ControlChannel(parseControlAddress(`unix:${join(folder, "control.sock")}`), testControlToken)
    const recorder = new Recorder(control, channel, buffer, spool)
    recorder.drain.start()
    await recorder.settle()
    return recorder
  }

  /** Offers records; gives the ids of those taken. */
  offer(count: number): string[] {
    return Array.from({ length: count }, () => createUuid(Date.now())).filter((id) => {
      this.buffer.opened()
      return this.buffer.offer(recordOf(id))
    })
  }

  /** Waits until the drain waits: for time to pass, or for a control that answers nothing. */
  async settle(): Promise<void> {
    await turnUntil(() => this.#isQuiet(), "the drain's rest")
  }

  async pass(ms: number): Promise<void> {
    this.timers.pass(ms)
    await this.settle()
  }

  async passUntil(condition: () => boolean): Promise<void> {
    for (let second = 0; second < 300 && !condition(); second += 1) await this.pass(1000)
    expect(condition()).toBe(true)
  }

  get dropped(): number {
    return Object.values(this.buffer.dropped).reduce((sum, count) => sum + count, 0)
  }

  get ownSpooled(): number {
    return this.spool.byEpoch[this.buffer.epoch] ?? 0
  }

  async stop(): Promise<void> {
    let isStopped = false
    const stopped = this.drain.stop().then(() => {
      isStopped = true
    })
    while (!isStopped) {
      await turnUntil(() => isStopped || this.#control.hung.size > 0, "the stop")
      if (!isStopped) this.timers.pass(1000)
    }
    await stopped
    this.#channel.close()
  }

  /** As SIGKILL would: nothing runs any more, and what was in memory is gone. The timers never go off again. */
  kill(): readonly string[] {
    this.#channel.close()
    return recordsIn(this.buffer).map(({ id }) => id)
  }

  /** An attempt under way has its deadline among the timers; work on files has no timer at all. */
  #isQuiet(): boolean {
    const { waiting } = this.timers
    return waiting.includes(5000) ? this.#control.hung.size > 0 : waiting.length > 0
  }
}

export interface RecorderOptions {
  readonly capacity?: number
  readonly maxBytes?: number
}
