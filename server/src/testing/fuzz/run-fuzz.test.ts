import { describe, expect, it } from "vitest"
import type { FuzzTarget } from "./fuzz-target.ts"
import { describeFinding, runFuzz } from "./run-fuzz.ts"

/** A parser that cannot bear three closing brackets behind a quote. */
const brittle: FuzzTarget = {
  name: "brittle",
  seeds: [Buffer.from('{"a":[1,[2,[3]]],"b":"c"}')],
  tokens: ["]", '"'],
  check(input) {
    if (/"\]{3}/.test(input.toString("latin1"))) throw new Error("three brackets behind a quote")
  },
}

describe("the fuzzer", () => {
  it("finds what was planted, and makes it as short as it can be", async () => {
    const { finding } = await runFuzz(brittle, { seed: 7, rounds: 20_000 })
    expect(finding?.input.toString("latin1")).toBe('"]]]')
    expect(finding && describeFinding(finding)).toMatch(
      /brittle: three brackets[\s\S]*seed 7, round \d+, minimised to 4 bytes/,
    )
  })

  it("does the same again for the same seed, and something else for another", async () => {
    const first = await runFuzz(brittle, { seed: 7, rounds: 20_000 })
    const again = await runFuzz(brittle, { seed: 7, rounds: 20_000 })
    const other = await runFuzz(brittle, { seed: 8, rounds: 20_000 })
    expect(again.finding?.round).toBe(first.finding?.round)
    expect(other.finding?.round).not.toBe(first.finding?.round)
  })

  it("waits for what promises", async () => {
    const refusing: FuzzTarget = { ...brittle, check: async () => Promise.reject(new Error("later")) }
    expect((await runFuzz(refusing, { seed: 1, rounds: 1 })).finding?.error).toContain("later")
  })

  it("looks at what only many inputs can show", async () => {
    const leaking: FuzzTarget = {
      ...brittle,
      check: () => undefined,
      afterwards: () => {
        throw new Error("memory grew")
      },
    }
    await expect(runFuzz(leaking, { seed: 1, rounds: 1 })).rejects.toThrow("memory grew")
  })
})
