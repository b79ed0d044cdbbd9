import { afterAll, describe, expect, it } from "vitest"
import type { FuzzTarget } from "../../server/src/testing/fuzz/fuzz-target.ts"
import { createHttpSurfaceTarget } from "../../server/src/testing/fuzz/http-surface-target.ts"
import { jsonTargets } from "../../server/src/testing/fuzz/json-targets.ts"
import { createRelayTarget } from "../../server/src/testing/fuzz/relay-target.ts"
import { describeFinding, runFuzz } from "../../server/src/testing/fuzz/run-fuzz.ts"
import { streamTargets } from "../../server/src/testing/fuzz/stream-targets.ts"
import { textTargets } from "../../server/src/testing/fuzz/text-targets.ts"

/** All of it together, in seconds. */
const seconds = Number(process.env.SLUICE_FUZZ_SECONDS ?? 600)
/** Another one every day, and the same one again for whoever names it. */
const seed = Number(process.env.SLUICE_FUZZ_SEED ?? Math.floor(Date.now() / 86_400_000))

/** Connections to the gateway's door at once, each to a gateway of its own; most of their time is waiting. */
const doors = 8

/** Each with its part of the time; what strangers reach gets most of it. */
const parsers = [...jsonTargets, ...streamTargets, ...textTargets]
const parts: readonly (readonly [name: string, part: number, open: () => Promise<FuzzTarget[]>])[] = [
  ["http-surface", 0.4, () => Promise.all(Array.from({ length: doors }, createHttpSurfaceTarget))],
  ["relay", 0.2, async () => [await createRelayTarget()]],
  ...parsers.map((target) => [target.name, 0.4 / parsers.length, async () => [target]] as const),
]

const opened: FuzzTarget[] = []

afterAll(async () => {
  for (const target of opened) await target.close?.()
})

describe(`fuzzing for ${seconds} seconds with seed ${seed}`, () => {
  it.each(parts)(
    "finds nothing: %s",
    async (name, part, open) => {
      const targets = await open()
      opened.push(...targets)
      const until = performance.now() + part * seconds * 1000
      let total = 0
      // In slices, so that it shows that it is alive; each has a seed of its own.
      for (let slice = 0; performance.now() < until; slice += 1) {
        const untilMs = Math.min(until, performance.now() + 30_000)
        const results = await Promise.all(
          targets.map((target, lane) => runFuzz(target, { seed: seed * 1000 + slice * 10 + lane, untilMs })),
        )
        for (const { finding } of results) expect(finding === null ? null : describeFinding(finding)).toBeNull()
        total += results.reduce((sum, { rounds }) => sum + rounds, 0)
        process.stdout.write(
          `${name}: ${total} inputs, ${Math.max(0, Math.round((until - performance.now()) / 1000))} s left\n`,
        )
      }
    },
    seconds * 1000 + 120_000,
  )
})
