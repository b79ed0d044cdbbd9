import { describe, expect, it } from "vitest"
import { Counters, counter, gauge, type Sample } from "./counters.ts"
import { renderSamples } from "./counters-text.ts"

describe("the metrics page", () => {
  it("adds up what several processes counted, and takes the largest where adding means nothing", () => {
    const first = [counter("sluice_a_total", "A.", 2, { code: "x" }), gauge("sluice_age_seconds", "Age.", 7, "max")]
    const second = [counter("sluice_a_total", "A.", 3, { code: "x" }), gauge("sluice_age_seconds", "Age.", 4, "max")]
    expect(renderSamples([first, second])).toBe(
      "# HELP sluice_a_total A.\n# TYPE sluice_a_total counter\n" +
        'sluice_a_total{code="x"} 5\n' +
        "# HELP sluice_age_seconds Age.\n# TYPE sluice_age_seconds gauge\nsluice_age_seconds 7\n",
    )
  })

  it("keeps a family's series together, described once", () => {
    const process = [counter("sluice_a_total", "A.", 1, { code: "x" }), counter("sluice_b_total", "B.", 1)]
    const text = renderSamples([process, [counter("sluice_a_total", "A.", 1, { code: "y" })]])
    expect(text.match(/# TYPE sluice_a_total/g)).toHaveLength(1)
    expect(text).toContain('sluice_a_total{code="x"} 1\nsluice_a_total{code="y"} 1\n')
  })

  it("writes histograms as buckets that include those below", () => {
    const value = { bounds: [0.1, 1], counts: [2, 1, 4], sum: 9.5 }
    const sample: Sample = { name: "sluice_d_seconds", help: "D.", type: "histogram", labels: {}, value, merge: "sum" }
    expect(renderSamples([[sample], [sample]])).toBe(
      "# HELP sluice_d_seconds D.\n# TYPE sluice_d_seconds histogram\n" +
        'sluice_d_seconds_bucket{le="0.1"} 4\nsluice_d_seconds_bucket{le="1"} 6\nsluice_d_seconds_bucket{le="+Inf"} 14\n' +
        "sluice_d_seconds_sum 19\nsluice_d_seconds_count 14\n",
    )
  })

  it("escapes what a label may not hold as it is", () => {
    const text = renderSamples([[counter("sluice_a_total", "A.", 1, { path: 'a"b\\c\nd' })]])
    expect(text).toContain('{path="a\\"b\\\\c\\nd"}')
  })

  it("is made of lines that Prometheus reads, in names it advises, and survives the way between processes", () => {
    const samples = JSON.parse(JSON.stringify(new Counters().samples())) as Sample[]
    const text = renderSamples([samples])
    const name = "sluice_[a-z_]+"
    const line = new RegExp(
      `^(# HELP ${name} \\S.*|# TYPE ${name} (counter|gauge|histogram)|${name}(\\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\\})? [0-9.e+-]+)$`,
    )
    for (const each of text.trimEnd().split("\n")) expect(each).toMatch(line)
    for (const { name: family, type } of samples) {
      if (type === "counter") expect(family).toMatch(/_total$/)
      if (type === "histogram") expect(family).toMatch(/_(seconds|bytes)$/)
    }
    expect(text.endsWith("\n")).toBe(true)
  })
})
