import { describe, expect, it } from "vitest"
import { RestartDelay } from "./restart-delay.ts"

describe("the wait before a restart", () => {
  const createDelay = () => {
    let now = 0
    const delay = new RestartDelay({ now: () => now, monotonic: () => now })
    const dieAfter = (ms: number) => {
      delay.started()
      now += ms
      return delay.next()
    }
    return { dieAfter }
  }

  it("is far below a second for the first death", () => {
    expect(createDelay().dieAfter(5)).toBe(100)
  })

  it("doubles up to ten seconds while the process dies young", () => {
    const { dieAfter } = createDelay()
    expect(Array.from({ length: 9 }, () => dieAfter(10))).toEqual([
      100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000,
    ])
  })

  it("starts over once the process has lived", () => {
    const { dieAfter } = createDelay()
    dieAfter(10)
    dieAfter(10)
    expect(dieAfter(20_000)).toBe(100)
  })
})
