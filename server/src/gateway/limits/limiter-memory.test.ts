import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { type Limits, noLimits } from "@sluice/protocol/limits"
import { describe, expect, it } from "vitest"
import { createUuid } from "../../platform/ids.ts"
import { Limiter } from "./limiter.ts"

setFlagsFromString("--expose-gc")
const collectGarbage = runInNewContext("gc") as () => void

function usedBytes(): number {
  collectGarbage()
  collectGarbage()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** Bytes that each of so many keys takes, once each has asked for something. */
function measureBytesPerKey(keys: number, limits: Partial<Limits>): number {
  const ids = Array.from({ length: keys }, (_, i) => createUuid(i))
  const shared = { ...noLimits, ...limits }
  const limiter = new Limiter({ place: { place: 0, processes: 1 }, capacity: keys })
  const before = usedBytes()
  for (const id of ids) {
    const admission = limiter.admitRequest({ id, organizationId: "", limits: shared }, null, 1)
    if (!admission) throw new Error("every key is limited")
    const wanted = { streams: true, operation: "chat", promptBytes: 4000, maxOutputTokens: null } as const
    limiter.admitAnswer(admission, wanted, 1)
    limiter.close(admission, 2)
  }
  const bytes = (usedBytes() - before) / keys
  expect(limiter.size).toBe(keys)
  return bytes
}

describe("the memory of the limiter", () => {
  it.each([
    ["requests a minute", { requests_per_minute: 60 }, 1100],
    [
      "all four limits",
      { requests_per_minute: 600, tokens_per_minute: 200_000, concurrent_streams: 20, concurrent_requests: 40 },
      2500,
    ],
  ] as const)(
    "is small for each key with %s, be they 10,000 or 100,000",
    (_title, limits, mostBytes) => {
      for (const keys of [10_000, 100_000]) expect(measureBytesPerKey(keys, limits)).toBeLessThan(mostBytes)
    },
    30_000,
  )
})
