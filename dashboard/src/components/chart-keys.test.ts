import { describe, expect, it } from "vitest"
import type { ChartData } from "./chart-data.ts"
import { moveMark, noMark, toMarkedRange } from "./chart-keys.ts"

const press = (key: string, shiftKey = false) => ({ key, shiftKey })

describe("the keyboard in a chart", () => {
  it("enters at the newest point and stays inside", () => {
    expect(moveMark(noMark, press("ArrowLeft"), 9)).toEqual({ at: 9, from: null })
    expect(moveMark({ at: 9, from: null }, press("ArrowRight"), 9)).toEqual({ at: 9, from: null })
    expect(moveMark({ at: 3, from: null }, press("PageDown"), 9)).toEqual({ at: 0, from: null })
    expect(moveMark({ at: 3, from: null }, press("End"), 9)).toEqual({ at: 9, from: null })
  })

  it("marks a range with Shift, forgets it without, and lets go on Escape", () => {
    const marked = moveMark({ at: 5, from: null }, press("ArrowLeft", true), 9)
    expect(marked).toEqual({ at: 4, from: 5 })
    expect(moveMark({ at: 4, from: 5 }, press("ArrowLeft"), 9)).toEqual({ at: 3, from: null })
    expect(moveMark({ at: 4, from: 5 }, press("Escape"), 9)).toEqual(noMark)
  })

  it("leaves other keys, and an empty chart, alone", () => {
    expect(moveMark(noMark, press("a"), 9)).toBeNull()
    expect(moveMark(noMark, press("Escape"), 9)).toBeNull()
    expect(moveMark(noMark, press("ArrowLeft"), -1)).toBeNull()
  })

  it("takes the last marked step whole", () => {
    const data: ChartData = {
      times: [0, 60, 120],
      stepSeconds: 60,
      completeUntil: 120,
      lines: [],
      estimatedRequests: 0,
      unknownRequests: 0,
    }
    expect(toMarkedRange({ at: 1, from: 2 }, data)).toEqual({ from: 60_000, to: 180_000 })
    expect(toMarkedRange({ at: 1, from: null }, data)).toBeNull()
  })
})
