import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { createUuid } from "../../platform/ids.ts"
import { type ControlMode, ControlServer } from "../../testing/control-server.ts"
import { turnUntil } from "../../testing/manual-timers.ts"
import { Recorder, type RecorderOptions, recordOf, recordsIn } from "../../testing/recorder.ts"

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
    const many = recorder.offer(500)
    await recorder.settle()
    expect(arrivedIds()).toEqual(many)
    const [lone = ""] = recorder.offer(1)
    await recorder.pass(240)
    expect(arrivedIds()).not.toContain(lone)
    await recorder.pass(20)
    expect(arrivedIds()).toContain(lone)
    expect(recorder.buffer.length).toBe(0)
  })

  it("does not wait for a full batch where memory holds no more than a few", async () => {
    await start({ capacity: 200 })
    const ids: string[] = []
    for (let burst = 0; burst < 10; burst += 1) {
      ids.push(...recorder.offer(60))
      await recorder.settle()
    }
    expect(arrivedIds()).toEqual(ids)
    expect(recorder.dropped).toBe(0)
  })

  it("numbers records from one, dropped ones too", async () => {
    await start({ capacity: 2 })
    control.mode = "hanging"
    recorder.offer(3)
    expect(recorder.buffer.received).toBe(3)
    expect(recorder.buffer.dropped).toEqual({ ring_full: 1 })
    expect(recordsIn(recorder.buffer).map(({ seq }) => seq)).toEqual([1, 2])
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

  it("counts an exchange of which no record could be made as received and dropped", async () => {
    await start()
    recorder.buffer.countUnmade()
    const [next] = recorder.offer(1)
    await recorder.pass(300)
    expect(arrivedIds()).toEqual([next])
    expect(recorder.buffer.received).toBe(2)
    expect(recorder.buffer.dropped).toEqual({ unserialisable: 1 })
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
    await start({ capacity: 2000 })
    control.mode = "hanging"
    recorder.offer(500)
    await recorder.settle()
    recorder.timers.pass(1100)
    recorder.offer(500)
    await turnUntil(() => recorder.buffer.length === 0)
    expect(recorder.spool.count).toBe(1000)
    recorder.offer(1900)
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
