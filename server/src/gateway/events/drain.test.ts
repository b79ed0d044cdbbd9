import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { ExchangeRecord } from "@sluice/protocol/exchange-record"
import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { createUuid } from "../../platform/ids.ts"
import type { Logger } from "../../platform/logger.ts"
import { type ControlMode, ControlServer, testControlToken } from "../../testing/control-server.ts"
import { ManualTimers, turnUntil } from "../../testing/manual-timers.ts"
import { ControlChannel, parseControlAddress } from "../control-channel.ts"
import { Drain } from "./drain.ts"
import { RecordBuffer } from "./record-buffer.ts"
import { Spool } from "./spool.ts"

const organization = createUuid(1)

function recordOf(id: string): Omit<ExchangeRecord, "seq" | "epoch"> {
  // Only what the drain and the test look at; control's own tests judge whole records.
  return { id, organization_id: organization } as Omit<ExchangeRecord, "seq" | "epoch">
}

/** A gateway process as far as its records go. */
class Recorder {
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
    return this.buffer.peek(this.buffer.length).map(({ id }) => id)
  }

  /** An attempt under way has its deadline among the timers; work on files has no timer at all. */
  #isQuiet(): boolean {
    const { waiting } = this.timers
    return waiting.includes(5000) ? this.#control.hung.size > 0 : waiting.length > 0
  }
}

interface RecorderOptions {
  readonly capacity?: number
  readonly maxBytes?: number
}

describe("the drain", () => {
  let folder: string
  let control: ControlServer
  let recorder: Recorder

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "sluice-drain-"))
    control = new ControlServer()
    await control.listen(join(folder, "control.sock"))
  })

  afterEach(async () => {
    control.mode = "up"
    await recorder?.stop()
    await control.close()
    await rm(folder, { recursive: true, force: true })
  })

  const start = async (options: RecorderOptions = {}): Promise<void> => {
    recorder = await Recorder.start(control, folder, options)
  }
  const arrivedIds = (): string[] => control.arrived.map(({ id }) => id)
  const ownFolder = async (): Promise<string> => {
    const [name = ""] = (await readdir(join(folder, "spool"))).filter((entry) => entry !== "rejected")
    return join(folder, "spool", name)
  }

  it("ships a full batch at once, and a lone record after a quarter of a second", async () => {
    await start()
    const many = recorder.offer(100)
    await recorder.settle()
    expect(arrivedIds()).toEqual(many)
    const [lone = ""] = recorder.offer(1)
    await recorder.pass(240)
    expect(arrivedIds()).not.toContain(lone)
    await recorder.pass(20)
    expect(arrivedIds()).toContain(lone)
    expect(recorder.buffer.length).toBe(0)
  })

  it("numbers records from one, dropped ones too", async () => {
    await start({ capacity: 2 })
    control.mode = "hanging"
    recorder.offer(3)
    expect(recorder.buffer.received).toBe(3)
    expect(recorder.buffer.dropped).toEqual({ ring_full: 1 })
    expect(recorder.buffer.peek(2).map(({ seq }) => seq)).toEqual([1, 2])
  })

  it("sends a heartbeat each second, with a ceiling that the count of exchanges does not reach", async () => {
    await start()
    expect(control.reports).toHaveLength(1)
    for (let second = 0; second < 5; second += 1) await recorder.pass(1000)
    expect(control.reports).toHaveLength(6)
    expect(control.reports.at(-1)).toMatchObject({ instance: "gateway-0", final: false, snapshot_version: "7" })
    for (let i = 0; i < 5000; i += 1) {
      recorder.buffer.opened()
      if (i % 400 === 0) await recorder.settle()
      expect(recorder.buffer.openedCount).toBeLessThanOrEqual(control.reports.at(-1)?.ceiling ?? 0)
    }
  })

  it("leaves more room under the ceiling when more exchanges come", async () => {
    await start()
    for (let i = 0; i < 30; i += 1) {
      for (let j = 0; j < 300; j += 1) recorder.buffer.opened()
      await recorder.pass(50)
    }
    const last = control.reports.at(-1)
    expect((last?.ceiling ?? 0) - (last?.opened ?? 0)).toBeGreaterThan(5000)
  })

  it.each<ControlMode>(["failing", "broken", "stranger", "forgetful", "foreign", "hanging"])(
    "keeps everything in the spool while control is %s, and brings it in order when it is back",
    async (mode) => {
      await start()
      control.mode = mode
      const before = recorder.offer(150)
      for (let i = 0; i < 8; i += 1) await recorder.pass(1000)
      const during = recorder.offer(120)
      for (let i = 0; i < 8; i += 1) await recorder.pass(1000)
      expect(recorder.buffer.length).toBe(0)
      expect(recorder.spool.count).toBe(270)
      expect(recorder.drain.isControlAway).toBe(true)
      control.mode = "up"
      const after = recorder.offer(30)
      await recorder.passUntil(() => recorder.buffer.length + recorder.spool.count === 0)
      expect([...new Set(arrivedIds())]).toEqual([...before, ...during, ...after])
      expect(recorder.dropped).toBe(0)
      expect(await readdir(await ownFolder())).toEqual([])
    },
  )

  it("says once a minute, and loudly, that control does not know its token", async () => {
    await start()
    control.mode = "stranger"
    for (let second = 0; second < 90; second += 1) await recorder.pass(1000)
    const loud = recorder.log.filter(
      ({ level, message }) => level === "error" && message.includes("SLUICE_CONTROL_TOKEN"),
    )
    expect(loud).toHaveLength(2)
  })

  it("sets the one record aside that control refuses, counts it, and ships the others", async () => {
    await start()
    control.mode = "failing"
    const ids = recorder.offer(130)
    await recorder.pass(1000)
    control.refuses = ({ seq }) => seq === 77
    control.mode = "up"
    await recorder.passUntil(() => recorder.buffer.length + recorder.spool.count === 0)
    expect(arrivedIds()).toEqual(ids.filter((_, index) => index !== 76))
    expect(recorder.buffer.dropped).toEqual({ rejected: 1 })
    const [name = ""] = await readdir(join(folder, "spool", "rejected"))
    expect(JSON.parse(await readFile(join(folder, "spool", "rejected", name), "utf8"))).toMatchObject({ seq: 77 })
  })

  it("counts records that control lists as rejected", async () => {
    await start()
    control.rejects = ({ seq }) => seq % 50 === 0
    recorder.offer(100)
    await recorder.passUntil(() => recorder.buffer.length === 0)
    expect(recorder.buffer.dropped).toEqual({ rejected: 2 })
    expect(control.arrived).toHaveLength(98)
  })

  it("drops a record that cannot be written as JSON, and ships its neighbours", async () => {
    await start()
    const [first] = recorder.offer(1)
    recorder.buffer.offer({ ...recordOf(createUuid(2)), metadata: { size: 1n } })
    const [last] = recorder.offer(1)
    await recorder.pass(300)
    expect(arrivedIds()).toEqual([first, last])
    expect(recorder.buffer.dropped).toEqual({ unserialisable: 1 })
  })

  it("breaks off a try that takes long when memory fills up, and drops nothing", async () => {
    await start({ capacity: 1000 })
    control.mode = "hanging"
    recorder.offer(100)
    await recorder.settle()
    recorder.timers.pass(1100)
    recorder.offer(400)
    await turnUntil(() => recorder.buffer.length === 0)
    expect(recorder.spool.count).toBe(500)
    recorder.offer(900)
    await recorder.settle()
    expect(recorder.dropped).toBe(0)
  })

  it("keeps records in memory while the spool cannot be written, and drops only when memory is full", async () => {
    await start({ capacity: 300 })
    const own = await ownFolder()
    await rm(own, { recursive: true })
    await writeFile(own, "in the way")
    control.mode = "failing"
    const ids = recorder.offer(200)
    for (let i = 0; i < 5; i += 1) await recorder.pass(1000)
    expect(recorder.buffer.length).toBe(200)
    ids.push(...recorder.offer(150))
    expect(recorder.buffer.dropped).toEqual({ ring_full: 50 })
    await rm(own)
    await recorder.pass(1000)
    expect(recorder.buffer.length).toBe(0)
    control.mode = "up"
    await recorder.passUntil(() => recorder.spool.count === 0)
    expect(arrivedIds()).toEqual(ids)
  })

  it("empties memory to control although the spool is broken", async () => {
    await start({ capacity: 300 })
    const own = await ownFolder()
    await rm(own, { recursive: true })
    await writeFile(own, "in the way")
    control.mode = "failing"
    const ids = recorder.offer(200)
    await recorder.pass(2000)
    control.mode = "up"
    await recorder.passUntil(() => recorder.buffer.length === 0)
    expect(arrivedIds()).toEqual(ids)
    await rm(own)
    await mkdir(own)
  })

  it("names the spool's limit as the reason when that is what filled memory", async () => {
    await start({ capacity: 100, maxBytes: 3000 })
    control.mode = "failing"
    for (let i = 0; i < 10; i += 1) {
      recorder.offer(10)
      await recorder.pass(1000)
    }
    recorder.offer(150)
    const { spool_full = 0, ...others } = recorder.buffer.dropped
    expect(spool_full).toBeGreaterThan(0)
    expect(others).toEqual({})
    expect(recorder.spool.bytes).toBeLessThanOrEqual(3000)
    expect(recorder.buffer.received).toBe(spool_full + recorder.buffer.length + recorder.spool.count)
  })

  describe("at a stop", () => {
    it("ships what is left and says goodbye", async () => {
      await start()
      const ids = recorder.offer(42)
      await recorder.stop()
      expect(arrivedIds()).toEqual(ids)
      expect(control.reports.at(-1)).toMatchObject({
        final: true,
        received: 42,
        opened: 42,
        ceiling: 42,
        queued: 0,
        spooled: {},
      })
      expect(await readdir(join(folder, "spool"))).toEqual([])
    })

    it.each<ControlMode>(["broken", "hanging"])(
      "spools what a %s control does not take, for the next start",
      async (mode) => {
        await start()
        control.mode = mode
        const ids = recorder.offer(42)
        await recorder.stop()
        expect(recorder.spool.count).toBe(42)
        control.mode = "up"
        await start()
        await recorder.passUntil(() => recorder.spool.count === 0)
        expect([...new Set(arrivedIds())]).toEqual(ids)
      },
    )

    it("counts as dropped what neither control nor the spool takes", async () => {
      await start({ maxBytes: 0 })
      control.mode = "broken"
      recorder.offer(42)
      await recorder.stop()
      expect(recorder.buffer.dropped).toEqual({ spool_full: 42 })
      expect(recorder.buffer.length).toBe(0)
    })
  })
})

describe("records on their way", () => {
  const mode = fc.constantFrom<ControlMode>("up", "forgetful", "failing", "hanging", "broken", "stranger", "foreign")
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant("offer" as const), count: fc.integer({ min: 1, max: 130 }) }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 6000 }) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("control" as const), mode }) },
    { weight: 1, arbitrary: fc.constant({ kind: "restart" as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: "kill" as const }) },
  )

  it("all arrive, in order, whatever control does and however often the gateway starts again", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
        const folder = await mkdtemp(join(tmpdir(), "sluice-records-"))
        const control = new ControlServer()
        await control.listen(join(folder, "control.sock"))
        try {
          await live(steps, control, folder)
        } finally {
          await control.close()
          await rm(folder, { recursive: true, force: true })
        }
      }),
      { numRuns: 40 },
    )
  })

  type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

  async function live(steps: readonly Step[], control: ControlServer, folder: string): Promise<void> {
    const expected = new Set<string>()
    let recorder = await Recorder.start(control, folder, { capacity: 200 })
    const epochs = [recorder.buffer.epoch]
    const killed: Recorder[] = []
    const restart = async (): Promise<void> => {
      recorder = await Recorder.start(control, folder, { capacity: 200 })
      epochs.push(recorder.buffer.epoch)
    }
    for (const action of steps) {
      if (action.kind === "offer") for (const id of recorder.offer(action.count)) expected.add(id)
      else if (action.kind === "pass") await recorder.pass(action.ms)
      else if (action.kind === "control") control.mode = action.mode
      else if (action.kind === "restart") {
        await recorder.stop()
        await restart()
      } else {
        if (control.mode === "hanging") control.mode = "failing"
        await recorder.pass(5000)
        for (const id of recorder.kill()) expected.delete(id)
        killed.push(recorder)
        await restart()
      }
      if (control.mode !== "hanging") await recorder.settle()
      checkAccount(recorder, control)
    }
    control.mode = "up"
    control.cut()
    await turnUntil(() => control.hung.size === 0)
    await recorder.settle()
    await recorder.passUntil(() => recorder.buffer.length + recorder.spool.count === 0)
    await recorder.stop()
    checkAccount(recorder, control)
    const arrived = new Set(control.arrived.map(({ id }) => id))
    expect([...expected].filter((id) => !arrived.has(id))).toEqual([])
    for (const epoch of epochs) {
      const seqs = [...new Set(control.arrived.filter((record) => record.epoch === epoch).map(({ seq }) => seq))]
      expect(seqs).toEqual([...seqs].sort((a, b) => a - b))
    }
    // The files of processes that were killed in name only.
    for (const { spool } of killed) await spool.close()
    expect(recorder.drain.isControlAway).toBe(false)
    expect(control.reports.at(-1)).toMatchObject({ final: true, queued: 0, spooled: {} })
  }

  /** Everything received is acknowledged, dropped, in memory or in the spool; what was acknowledged is with control. */
  function checkAccount(recorder: Recorder, control: ControlServer): void {
    const { buffer } = recorder
    const acknowledged = buffer.received - recorder.dropped - buffer.length - recorder.ownSpooled
    const stored = new Set(control.arrived.filter(({ epoch }) => epoch === buffer.epoch).map(({ seq }) => seq))
    expect(acknowledged).toBeGreaterThanOrEqual(0)
    expect(stored.size).toBeGreaterThanOrEqual(acknowledged)
  }
})
