import { afterAll, describe, expect, it } from "vitest"
import { jsonTargets } from "./json-targets.ts"
import { describeFinding, runFuzz } from "./run-fuzz.ts"
import { streamTargets } from "./stream-targets.ts"
import { textTargets } from "./text-targets.ts"

const targets = [...jsonTargets, ...streamTargets, ...textTargets]

afterAll(async () => {
  for (const target of targets) await target.close?.()
})

describe("a parser given its corpus and what can be made of it", () => {
  it.each(targets)("holds: $name", async (target) => {
    const { finding } = await runFuzz(target, { seed: 1, rounds: 800 })
    expect(finding === null ? null : describeFinding(finding)).toBeNull()
  })
})
