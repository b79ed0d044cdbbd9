import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { judge } from "./floors.mjs"
import { readOptions } from "./options.mjs"
import { addToSection, writeSection } from "./report/write-section.mjs"

const folder = mkdtempSync(join(tmpdir(), "sluice-bench-report-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const run = (phase: string, side: string, cpuMicros: number, p99 = 1) => ({
  phase,
  side,
  cpuMicros,
  helperMicros: 0,
  figures: { requests: 100, latencyMs: { p99 }, firstByteMs: { p99 } },
})
const runs = [
  run("closed-loop-50", "sluice-on-1", 10_000),
  run("closed-loop-50", "sluice-off", 9500),
  run("closed-loop-50", "nginx", 1000),
  run("closed-loop-50", "portkey", 50_000),
  run("closed-loop-1", "direct", 0, 0.25),
  run("closed-loop-1", "sluice-on-1", 0, 0.5),
]
const named = (verdicts: ReturnType<typeof judge>, words: string) => verdicts.find(({ what }) => what.includes(words))

describe("the floors of the benchmark", () => {
  it("compare what was measured in the same run", () => {
    const verdicts = judge({ runs, keysMegabytes: 149 })
    expect(named(verdicts, "nginx")).toMatchObject({ measured: 10, holds: true })
    expect(named(verdicts, "Portkey")).toMatchObject({ measured: 0.2, holds: false })
    expect(named(verdicts, "one connection")).toMatchObject({ measured: 0.25, holds: true })
    expect(named(verdicts, "10,000 keys")).toMatchObject({ holds: true })
  })

  it("compare recording on and off round by round, at the same rate", () => {
    const rounds = [
      [100, 105],
      [200, 230],
      [50, 53],
    ].flatMap(([off = 0, on = 0], round) => [
      { ...run("recording", "sluice-off", off * 100), round },
      { ...run("recording", "sluice-on-1", on * 100), round },
    ])
    const floor = named(judge({ runs: rounds, keysMegabytes: null }), "at the same rate")
    expect(floor?.measured).toBeCloseTo(1.06)
    expect(floor?.holds).toBe(true)
    expect(named(judge({ runs: rounds.slice(1, 2), keysMegabytes: null }), "at the same rate")?.holds).toBeNull()
  })

  it("say nothing of what was not measured, and let no lost frame be outvoted", () => {
    const verdicts = judge({ runs, keysMegabytes: null })
    expect(named(verdicts, "10,000 keys")?.holds).toBeNull()
    expect(named(verdicts, "512 streams")?.holds).toBeNull()
    const streams = (lost: number) => ({
      phase: "streams-512",
      side: "sluice-on-1",
      figures: { lost, wrong: 0, late: 0 },
    })
    const withLoss = judge({ runs: [...runs, streams(0), streams(0), streams(1)], keysMegabytes: null })
    expect(named(withLoss, "512 streams")).toMatchObject({ measured: 1, holds: false })
    const failed = { phase: "streams-512", side: "sluice-on-1", figures: null }
    expect(named(judge({ runs: [...runs, failed], keysMegabytes: null }), "512 streams")?.holds).toBe(false)
  })
})

describe("late frames", () => {
  const streams = (side: string, late: number, lost = 0) => ({
    phase: "streams-512",
    side,
    figures: { lost, wrong: 0, late },
  })
  const verdictOf = (given: readonly unknown[]) =>
    named(judge({ runs: given as typeof runs, keysMegabytes: null }), "512 streams")

  it("count where direct streams had none, and lost ones count always", () => {
    expect(verdictOf([streams("direct", 0), streams("sluice-on-1", 3)])?.holds).toBe(false)
    expect(verdictOf([streams("direct", 5), streams("sluice-on-1", 3)])?.holds).toBeNull()
    expect(verdictOf([streams("direct", 5), streams("sluice-on-1", 0, 1)])?.holds).toBe(false)
    expect(verdictOf([streams("direct", 5), streams("sluice-on-1", 0)])?.holds).toBe(true)
  })
})

describe("a page with figures", () => {
  const path = join(folder, "page.md")

  it("keeps the prose around them", () => {
    writeFileSync(path, "before\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nafter\n")
    writeSection(path, "bench", "new")
    expect(readFileSync(path, "utf8")).toBe("before\n<!-- bench:begin -->\n\nnew\n\n<!-- bench:end -->\nafter\n")
    expect(() => writeSection(path, "soak", "x")).toThrow("has no place for soak")
  })

  it("takes rows of a table one after the other, without a gap in the table", () => {
    writeFileSync(path, "<!-- soak:begin -->\n| a |\n| - |\n<!-- soak:end -->\n")
    addToSection(path, "soak", "| 1 |")
    addToSection(path, "soak", "| 2 |")
    expect(readFileSync(path, "utf8")).toBe("<!-- soak:begin -->\n| a |\n| - |\n| 1 |\n| 2 |\n<!-- soak:end -->\n")
  })
})

describe("the options of the benchmark", () => {
  it("are read, and refused in words", () => {
    expect(readOptions(["--only", "direct,nginx", "--rounds", "5", "--no-pin"])).toMatchObject({
      command: "compare",
      only: ["direct", "nginx"],
      rounds: 5,
      pin: false,
    })
    expect(readOptions(["profile", "--shape", "stream"])).toMatchObject({ command: "profile", shape: "stream" })
    expect(() => readOptions(["--rounds", "many"])).toThrow("--rounds takes a whole number")
    expect(() => readOptions(["profit"])).toThrow('there is no "profit"')
  })
})
