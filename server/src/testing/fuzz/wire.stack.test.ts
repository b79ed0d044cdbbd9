import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { FuzzTarget } from "./fuzz-target.ts"
import { createHttpSurfaceTarget } from "./http-surface-target.ts"
import { createRelayTarget } from "./relay-target.ts"
import { describeFinding, runFuzz } from "./run-fuzz.ts"

let surface: FuzzTarget
let relay: FuzzTarget

beforeAll(async () => {
  surface = await createHttpSurfaceTarget()
  relay = await createRelayTarget()
})

afterAll(async () => {
  await surface?.close?.()
  await relay?.close?.()
})

describe("the gateway on a real socket, given its corpus and what can be made of it", () => {
  it.each([
    ["answers or closes, serves everybody else, and sends a provider nothing that nobody authorised", () => surface],
    ["relays any stream byte for byte, and records what reading the whole would tell", () => relay],
  ])("%s", async (_what, target) => {
    const { finding } = await runFuzz(target(), { seed: 1, rounds: 300 })
    expect(finding === null ? null : describeFinding(finding)).toBeNull()
  })
})
