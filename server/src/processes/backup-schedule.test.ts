import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { recordBackup } from "../platform/backup/backup-state.ts"
import { ManualClock } from "../testing/manual-clock.ts"
import { BackupSchedule, runBackupProcess, sampleBackups } from "./backup-schedule.ts"

const hourMs = 3_600_000
const dayMs = 24 * hourMs

describe("scheduled backups", () => {
  let folder: string
  let clock: ManualClock
  let runs: number
  let failure: Error | null

  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), "sluice-schedule-")), "backups")
    clock = new ManualClock()
    runs = 0
    failure = null
  })
  afterEach(() => rmSync(join(folder, ".."), { recursive: true, force: true }))

  const open = (everyMs: number | null, keep = 2) =>
    new BackupSchedule({
      folder,
      everyMs,
      keep,
      clock,
      run: async () => {
        runs += 1
        if (failure) throw failure
        writeFileSync(join(folder, `sluice-${String(runs).padStart(3, "0")}.sluice-backup`), "")
        await recordBackup(folder, clock.now())
      },
    })

  it("come an interval after the first start, and an interval after each other, however often it is started", async () => {
    await open(dayMs).run()
    expect(runs).toBe(0)
    clock.move(dayMs - 1)
    await open(dayMs).run()
    expect(runs).toBe(0)
    clock.move(1)
    const schedule = open(dayMs)
    await schedule.run()
    await schedule.run()
    expect(runs).toBe(1)
    expect(schedule.status).toEqual({ everyMs: dayMs, lastBackupAt: clock.now(), failure: null, isOverdue: false })
    clock.move(dayMs)
    await open(dayMs).run()
    expect(runs).toBe(2)
  })

  it("keep the newest ones and touch nothing else", async () => {
    const schedule = open(hourMs)
    await schedule.run()
    writeFileSync(join(folder, "notes.txt"), "")
    for (let round = 0; round < 4; round += 1) {
      clock.move(hourMs)
      await schedule.run()
    }
    const kept = ["notes.txt", "sluice-003.sluice-backup", "sluice-004.sluice-backup", "state.json"]
    expect(readdirSync(folder).sort()).toEqual(kept)
  })

  it("are tried again an hour after a failure, which is told until one succeeds", async () => {
    const schedule = open(dayMs)
    await schedule.run()
    clock.move(dayMs)
    failure = new Error("the disk is full")
    await schedule.run()
    await schedule.run()
    expect(runs).toBe(1)
    expect(schedule.status).toMatchObject({ failure: "the disk is full", lastBackupAt: null, isOverdue: false })
    expect(sampleBackups(schedule.status).map(({ value }) => value)).toEqual([0, 1])
    clock.move(dayMs + 1)
    const restarted = open(dayMs)
    await restarted.run()
    expect(restarted.status.isOverdue).toBe(true)
    clock.move(hourMs)
    failure = null
    await restarted.run()
    expect(restarted.status).toMatchObject({ failure: null, lastBackupAt: clock.now(), isOverdue: false })
    expect(sampleBackups(restarted.status).map(({ value }) => value)).toEqual([Math.floor(clock.now() / 1000), 0])
  })

  it("are none when they are off, which leaves no trace", async () => {
    const schedule = open(null)
    clock.move(10 * dayMs)
    await schedule.run()
    expect([runs, existsSync(folder), sampleBackups(schedule.status)]).toEqual([0, false, []])
  })
})

describe("a backup's own process", () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "sluice-backup-process-"))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  /** Runs a program in the place of the product's bundle. */
  function run(program: string, signal = new AbortController().signal): Promise<void> {
    const entry = join(folder, "main.mjs")
    writeFileSync(entry, program)
    return runBackupProcess(entry, { PATH: process.env.PATH }, signal)
  }

  it("is told what to do, and fails with the last line it said", async () => {
    await run("process.exit(process.argv[2] === 'backup' ? 0 : 1)")
    const failing = run("console.error('Reading …'); console.error('the disk is full'); process.exit(1)")
    await expect(failing).rejects.toThrow(/^the disk is full$/)
    await expect(run("process.exit(3)")).rejects.toThrow(/^it ended with 3$/)
  })

  it("is told to stop, and waited for", async () => {
    const stopped = new AbortController()
    const begun = join(folder, "begun")
    const ended = run(
      `import { writeFileSync } from "node:fs"
       process.on("SIGTERM", () => { writeFileSync(${JSON.stringify(join(folder, "tidied"))}, ""); process.exit(130) })
       writeFileSync(${JSON.stringify(begun)}, "")
       setInterval(() => {}, 1000)`,
      stopped.signal,
    )
    const outcome = ended.then(
      () => "succeeded",
      () => "failed",
    )
    while (!existsSync(begun)) await new Promise(setImmediate)
    stopped.abort()
    expect(await outcome).toBe("failed")
    expect(existsSync(join(folder, "tidied"))).toBe(true)
  })
})
