import { spawnSync } from "node:child_process"
import { mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises"
import { hostname, tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { systemClock } from "../clock.ts"
import { acquireDataLock } from "./lock.ts"

describe("the lock on a data directory", () => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "sluice-lock-"))
  })
  afterEach(() => rm(directory, { recursive: true, force: true }))

  const acquire = () => acquireDataLock(directory, { clock: systemClock })
  const leave = (owner: object | string) =>
    writeFile(join(directory, "lock.3"), typeof owner === "string" ? owner : JSON.stringify(owner))

  it("refuses a second holder in a sentence that names the first one's process, until it lets go", async () => {
    const lock = await acquire()
    await expect(acquire()).rejects.toThrow(`${directory} is in use by process ${process.pid}; stop it first`)
    await lock.release()
    const again = await acquire()
    await again.release()
    await again.release()
    expect(await readdir(directory)).toEqual([])
  })

  it("lets exactly one of many in", async () => {
    const attempts = await Promise.allSettled(Array.from({ length: 8 }, acquire))
    const won = attempts.flatMap((attempt) => (attempt.status === "fulfilled" ? [attempt.value] : []))
    expect(won).toHaveLength(1)
    await won[0]?.release()
  })

  it("lets exactly one of many take over from a holder that died", async () => {
    const { pid } = spawnSync(process.execPath, ["-e", ""])
    await leave({ pid, startedAt: "1", host: hostname() })
    const attempts = await Promise.allSettled(Array.from({ length: 8 }, acquire))
    const won = attempts.flatMap((attempt) => (attempt.status === "fulfilled" ? [attempt.value] : []))
    expect(won).toHaveLength(1)
    await won[0]?.release()
    expect(await readdir(directory)).toEqual([])
  })

  it("knows a process that has the dead holder's number but started later", async () => {
    await leave({ pid: process.pid, startedAt: "12", host: hostname() })
    await (await acquire()).release()
  })

  it("takes over a file that a crash of the machine left without content", async () => {
    await leave("")
    await (await acquire()).release()
  })

  it("believes a holder on another machine while it keeps saying that it is there", async () => {
    await leave({ pid: 7, startedAt: "1", host: "elsewhere" })
    await expect(acquire()).rejects.toThrow(/process 7 on elsewhere, last seen \d+ s ago/)
    const past = new Date(systemClock.now() - 60_000)
    await utimes(join(directory, "lock.3"), past, past)
    await (await acquire()).release()
  })
})
