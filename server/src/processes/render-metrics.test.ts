import { describe, expect, it } from "vitest"
import { counter, gauge } from "../gateway/counters.ts"
import { renderMetrics } from "./render-metrics.ts"

const child = (name: string, answer: unknown) => ({ name, ask: () => Promise.resolve(answer) })

describe("the metrics page", () => {
  it("adds up what processes counted, and shows who is down", async () => {
    const text = await renderMetrics(
      [
        child("control", []),
        child("gateway-0", [counter("sluice_x_total", "X.", 2), gauge("sluice_age_seconds", "Age.", 3, "max")]),
        child("gateway-1", [counter("sluice_x_total", "X.", 5), gauge("sluice_age_seconds", "Age.", 1, "max")]),
        child("gateway-2", null),
      ],
      1000,
    )
    expect(text).toContain('sluice_process_up{process="control"} 1\n')
    expect(text).toContain('sluice_process_up{process="gateway-2"} 0\n')
    expect(text).toContain("# TYPE sluice_x_total counter\nsluice_x_total 7\n")
    expect(text).toContain("sluice_age_seconds 3\n")
    expect(text.match(/# TYPE sluice_process_up/g)).toHaveLength(1)
  })
})
