import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { createUuid } from "../../platform/ids.ts"
import { isRunning, markOwn, parseMark, toMarkText } from "./process-mark.ts"
import { Spool, SpoolFull } from "./spool.ts"

/** A process number that no process has: Linux gives none above 2^22. */
const deadMark = "4194999-7"
const epoch = createUuid(1_000)
const laterEpoch = createUuid(2_000)
const line = (n: number): string => JSON.stringify({ seq: n, text: "é".repeat(n % 7) })
const lines = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, i) => line(from + i))

let root: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "sluice-spool-"))
})

afterEach(() => rm(root, { recursive: true, force: true }))

const openSpool = (options: { readonly epoch?: string; readonly instance?: string; readonly maxBytes?: number } = {}) =>
  Spool.open({ folder: root, instance: "gateway-0", epoch, maxBytes: 1_000_000, segmentBytes: 300, ...options })

/** Everything that waits, acknowledged as it is read. */
async function drainAll(spool: Spool): Promise<string[]> {
  const read: string[] = []
  for (;;) {
    const batch = await spool.read(7)
    if (!batch) return read
    read.push(...batch.lines)
    await spool.acknowledge(batch.lines.length)
  }
}

/** What a process that died left behind. */
async function leaveBehind(folder: string, name: string, content: string): Promise<void> {
  await mkdir(join(root, folder), { recursive: true })
  await writeFile(join(root, folder, name), content)
}

describe("the spool", () => {
  it("gives records back in order, over many segments, and deletes what was acknowledged", async () => {
    const spool = await openSpool()
    await spool.append(lines(1, 30))
    await spool.append(lines(31, 40))
    expect(spool.count).toBe(40)
    expect(spool.byEpoch).toEqual({ [epoch]: 40 })
    expect(await drainAll(spool)).toEqual(lines(1, 40))
    expect(spool.count).toBe(0)
    expect(spool.bytes).toBe(0)
    await spool.close()
    expect(await readdir(root)).toEqual([])
  })

  it("gives the same records again until they are acknowledged, and after a restart those that were not", async () => {
    const spool = await openSpool()
    await spool.append(lines(1, 4))
    expect((await spool.read(2))?.lines).toEqual(lines(1, 2))
    expect((await spool.read(2))?.lines).toEqual(lines(1, 2))
    await spool.acknowledge(2)
    await spool.append(lines(5, 6))
    expect((await spool.read(2))?.lines).toEqual(lines(3, 4))
    await spool.close()
    const again = await openSpool({ epoch: laterEpoch })
    const read = await drainAll(again)
    expect(read.slice(-4)).toEqual(lines(3, 6))
    await again.close()
  })

  it("behaves as a queue does, whatever is appended, read, acknowledged and reopened", async () => {
    const step = fc.oneof(
      fc.record({ append: fc.integer({ min: 1, max: 25 }) }),
      fc.record({ read: fc.integer({ min: 1, max: 12 }), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
      fc.constant({ reopen: true }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const folder = await mkdtemp(join(root, "run-"))
        const open = (at: number) =>
          Spool.open({ folder, instance: "g", epoch: createUuid(at), maxBytes: 1_000_000, segmentBytes: 300 })
        let spool = await open(1)
        let queue: string[] = []
        let number = 0
        for (const [at, action] of steps.entries()) {
          if ("append" in action) {
            const added = lines(number + 1, number + action.append)
            number += action.append
            await spool.append(added)
            queue.push(...added)
          } else if ("read" in action) {
            const batch = await spool.read(action.read)
            if (!batch) {
              expect(queue).toEqual([])
              continue
            }
            expect(batch.lines).toEqual(queue.slice(0, batch.lines.length))
            const done = Math.round(batch.lines.length * action.share)
            await spool.acknowledge(done)
            queue = queue.slice(done)
          } else {
            await spool.close()
            spool = await open(at + 2)
            // Records of a file that was partly acknowledged come again: at least once, not exactly once.
            const rest = spool.count
            expect(rest).toBeGreaterThanOrEqual(queue.length)
            const all = await drainAll(spool)
            expect(all.slice(all.length - queue.length)).toEqual(queue)
            queue = []
          }
          expect(spool.count).toBe(queue.length)
        }
        expect(await drainAll(spool)).toEqual(queue)
        await spool.close()
      }),
      { numRuns: 40 },
    )
  })

  it("skips a line that a crash has torn, wherever the tear is", async () => {
    const whole = `${lines(1, 3).join("\n")}\n`
    const last = Buffer.from(line(4))
    for (let cut = 0; cut < last.length; cut += 1) {
      await leaveBehind(`gateway-0.${deadMark}`, `${epoch}_00000001.ndjson`, whole)
      await appendFile(join(root, `gateway-0.${deadMark}`, `${epoch}_00000001.ndjson`), last.subarray(0, cut))
      const spool = await openSpool({ epoch: laterEpoch })
      expect(await drainAll(spool)).toEqual(lines(1, 3))
      expect(spool.count).toBe(0)
      await spool.close()
    }
  })

  it("reads a record that is larger than a piece of the file", async () => {
    const spool = await openSpool({ maxBytes: 10_000_000 })
    const large = JSON.stringify({ text: "x".repeat(700_000) })
    await spool.append([line(1), large, line(2)])
    expect(await drainAll(spool)).toEqual([line(1), large, line(2)])
    await spool.close()
  })

  it("takes no more than its full size, and takes records again when some were acknowledged", async () => {
    const spool = await openSpool({ maxBytes: 500 })
    await spool.append(lines(1, 15))
    await expect(spool.append(lines(16, 40))).rejects.toBeInstanceOf(SpoolFull)
    expect(spool.count).toBe(15)
    await drainAll(spool)
    await spool.append(lines(16, 20))
    expect(await drainAll(spool)).toEqual(lines(16, 20))
    await spool.close()
  })

  it("says when its folder cannot be written, and goes on when it can", async () => {
    const spool = await openSpool()
    const [name = ""] = await readdir(root)
    await rm(join(root, name), { recursive: true })
    await writeFile(join(root, name), "in the way")
    await expect(spool.append(lines(1, 2))).rejects.toThrow()
    expect(spool.count).toBe(0)
    await rm(join(root, name))
    await spool.append(lines(1, 2))
    expect(await drainAll(spool)).toEqual(lines(1, 2))
    await spool.close()
  })

  it("lets nobody else read what is in it", async () => {
    const spool = await openSpool()
    await spool.append(lines(1, 2))
    await spool.setAside(lines(3, 3))
    for (const folder of await readdir(root)) {
      expect((await stat(join(root, folder))).mode & 0o777).toBe(0o700)
      for (const name of await readdir(join(root, folder))) {
        expect((await stat(join(root, folder, name))).mode & 0o777).toBe(0o600)
      }
    }
    await spool.close()
  })

  it("keeps records that were set aside out of what is read back", async () => {
    const spool = await openSpool()
    await spool.setAside(lines(1, 2))
    await spool.setAside(lines(3, 3))
    expect(await spool.read(10)).toBeNull()
    const [name = ""] = await readdir(join(root, "rejected"))
    expect(await readFile(join(root, "rejected", name), "utf8")).toBe(`${lines(1, 3).join("\n")}\n`)
    await spool.close()
    const again = await openSpool({ epoch: laterEpoch })
    expect(again.count).toBe(0)
    await again.close()
  })
})

describe("what a dead process left in the spool", () => {
  it("is taken over by the next that starts, before its own records, and counted by its own numbering", async () => {
    await leaveBehind(`gateway-3.${deadMark}`, `${epoch}_00000002.ndjson`, `${lines(3, 4).join("\n")}\n`)
    await leaveBehind(`gateway-3.${deadMark}`, `${epoch}_00000001.ndjson`, `${lines(1, 2).join("\n")}\n`)
    const spool = await openSpool({ epoch: laterEpoch })
    await spool.append(lines(5, 5))
    expect(spool.byEpoch).toEqual({ [epoch]: 4, [laterEpoch]: 1 })
    expect(await spool.read(1)).toEqual({ epoch, lines: [line(1)] })
    expect(await drainAll(spool)).toEqual(lines(1, 5))
    await spool.close()
  })

  it("is taken over although the one that took it over died at it", async () => {
    await leaveBehind(`gateway-0.${deadMark}/gateway-1.4194998-9`, `${epoch}_00000001.ndjson`, `${line(1)}\n`)
    const spool = await openSpool({ epoch: laterEpoch })
    expect(await drainAll(spool)).toEqual([line(1)])
    await spool.close()
    expect(await readdir(root)).toEqual([])
  })

  it("goes to one of several that start together, whole", async () => {
    for (let i = 0; i < 12; i += 1) {
      const name = `${createUuid(i + 1)}_00000001.ndjson`
      await leaveBehind(`gateway-${i}.${4194400 + i}-7`, name, `${lines(i * 10, i * 10 + 9).join("\n")}\n`)
    }
    const spools = await Promise.all(
      [1, 2, 3, 4].map((n) => openSpool({ instance: `new-${n}`, epoch: createUuid(2_000 + n) })),
    )
    const read = (await Promise.all(spools.map(drainAll))).flat()
    expect(read.sort()).toEqual(lines(0, 119).sort())
    for (const spool of spools) await spool.close()
  })

  it("is left alone while that process lives", async () => {
    const parent = `gateway-0.${toMarkText({ pid: process.ppid, started: 0 })}`
    await leaveBehind(parent, `${epoch}_00000001.ndjson`, `${line(1)}\n`)
    const spool = await openSpool({ epoch: laterEpoch })
    expect(spool.count).toBe(0)
    await spool.close()
    expect(await readdir(root)).toEqual([parent])
  })
})

describe("a process's mark", () => {
  it("tells this process from one that had its number before", async () => {
    const own = await markOwn()
    expect(await isRunning(own)).toBe(true)
    expect(await isRunning({ ...own, started: own.started + 1 })).toBe(own.started === 0)
    expect(await isRunning({ pid: 4_194_999, started: 0 })).toBe(false)
  })

  it("is read back from the end of a name, and only from there", () => {
    expect(parseMark(`gate.way-0.${toMarkText({ pid: 12, started: 345 })}`)).toEqual({ pid: 12, started: 345 })
    for (const name of ["rejected", "gateway-0", "gateway.12-345.old", "gateway.-1-2"])
      expect(parseMark(name)).toBeNull()
  })
})
