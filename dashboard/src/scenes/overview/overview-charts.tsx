import { ChartPanel } from "../../components/chart-panel.tsx"
import { describeRange } from "../../format/range.ts"
import type { PeriodSearch, Range } from "../../period.ts"

interface OverviewChartsProps {
  readonly period: PeriodSearch
  readonly onZoom: (range: Range) => void
  /** Leaves the range that was zoomed into. */
  readonly onWhole: () => void
}

const charts = [
  { title: "Requests", unit: "count", shape: "bars", lines: [{ metric: "requests", title: "Requests" }] },
  { title: "Errors", unit: "count", shape: "bars", lines: [{ metric: "errors", title: "Failed requests" }] },
  { title: "Cost", unit: "usd", shape: "bars", lines: [{ metric: "cost_usd", title: "Cost" }] },
  {
    title: "Latency",
    unit: "duration",
    shape: "lines",
    lines: [
      { metric: "latency_ms_p50", title: "P50" },
      { metric: "latency_ms_p95", title: "P95" },
      { metric: "latency_ms_p99", title: "P99" },
    ],
  },
] as const

/** What happened when: small charts side by side that share their time and their crosshair. */
export function OverviewCharts({ period, onZoom, onWhole }: OverviewChartsProps) {
  const { from, to } = period
  return (
    <section aria-label="Over time" className="grid gap-2">
      <h2 className="sr-only">Over time</h2>
      {from !== undefined && to !== undefined && (
        <p className="text-ink-soft text-xs">
          The charts show {describeRange(from, to)}; the figures above and the lists below are of the whole period.{" "}
          <button type="button" onClick={onWhole} className="font-medium text-accent underline underline-offset-2">
            Show the whole period
          </button>
        </p>
      )}
      <div className="grid grid-cols-2 gap-4 max-lg:grid-cols-1">
        {charts.map((chart) => (
          <ChartPanel key={chart.title} {...chart} period={period} group="overview" onZoom={onZoom} />
        ))}
      </div>
    </section>
  )
}
