import type { FigureFilters } from "@sluice/protocol/api/figures"
import type { TimeseriesMetric } from "@sluice/protocol/api/timeseries"
import { ChartLine as ChartIcon, Table2 } from "lucide-react"
import { useMemo, useState } from "react"
import { formatQuantity } from "../format/count.ts"
import { useSeries } from "../hooks/use-series.ts"
import type { PeriodSearch, Range } from "../period.ts"
import { Button } from "./button.tsx"
import { type ChartData, type ChartUnit, hasAnything, toChartData } from "./chart-data.ts"
import { ChartLegend } from "./chart-legend.tsx"
import type { ChartShape } from "./chart-options.ts"
import { ChartTable } from "./chart-table.tsx"
import { describePoint } from "./describe-point.ts"
import { Failure } from "./failure.tsx"
import { Skeleton } from "./skeleton.tsx"
import { TimeChart } from "./time-chart.tsx"

interface ChartPanelProps {
  readonly title: string
  /** Always the same list: its data is reckoned anew when it is another one. */
  readonly lines: readonly { readonly metric: TimeseriesMetric; readonly title: string }[]
  readonly unit: ChartUnit
  readonly shape: ChartShape
  readonly period: PeriodSearch
  readonly filters?: FigureFilters
  /** Charts of the same group share their crosshair. */
  readonly group: string
  readonly onZoom: (range: Range) => void
}

/** A chart with its name, its legend, what it leaves out, and the same values as a table. */
export function ChartPanel(props: ChartPanelProps) {
  const { title, lines, unit, period, filters, onZoom } = props
  const [isTable, setIsTable] = useState(false)
  const [cursor, setCursor] = useState<number | null>(null)
  const { bodies, error, retry } = useSeries({ metrics: lines.map(({ metric }) => metric), period, filters })
  const data = useMemo(
    () =>
      toChartData(
        lines.map((line) => line.title),
        bodies,
        unit,
      ),
    [lines, bodies, unit],
  )
  const Icon = isTable ? ChartIcon : Table2
  return (
    <section
      aria-label={title}
      className="grid min-w-0 content-start gap-1 rounded-lg border border-line bg-surface p-3"
    >
      <div className="flex h-7 items-center gap-3">
        <h3 className="font-medium">{title}</h3>
        <span className="text-ink-mute text-xs">{data && perStep(data, props.shape)}</span>
        <Button
          look="quiet"
          size="icon-small"
          className="ml-auto"
          label={isTable ? `${title} as a chart` : `${title} as a table`}
          disabled={!data}
          onClick={() => setIsTable(!isTable)}
        >
          <Icon aria-hidden />
        </Button>
      </div>
      {error && !data ? (
        <Failure title={`${title} could not be loaded`} error={error} onRetry={retry} />
      ) : !data ? (
        <Skeleton className="h-48" />
      ) : isTable ? (
        <ChartTable title={title} data={data} />
      ) : (
        <>
          <ChartLegend data={data} cursor={cursor} shape={props.shape} />
          <div className="relative">
            <TimeChart
              {...props}
              data={data}
              describe={(index) => describePoint(data, index)}
              onCursor={setCursor}
              onZoom={onZoom}
            />
            {!hasAnything(data) && (
              <p className="pointer-events-none absolute inset-0 grid place-items-center pb-6 text-ink-mute">
                Nothing in this time.
              </p>
            )}
          </div>
        </>
      )}
      {data && <Doubts data={data} unit={unit} />}
      {error && data && <p className="text-warn text-xs">Not updating: {error.message}</p>}
    </section>
  )
}

const stepWords: Readonly<Record<number, string>> = { 60: "minute", 3600: "hour", 86400: "day (UTC)" }

function perStep({ stepSeconds }: ChartData, shape: ChartShape): string {
  return `${shape === "bars" ? "per" : "by"} ${stepWords[stepSeconds] ?? "step"}`
}

/** What the money leaves out, or is not sure of. */
function Doubts({ data, unit }: { readonly data: ChartData; readonly unit: ChartUnit }) {
  if (unit !== "usd") return null
  const doubts = [
    data.unknownRequests > 0 && `without ${formatQuantity(data.unknownRequests, "request")} of unknown cost`,
    data.estimatedRequests > 0 && `an estimate for ${formatQuantity(data.estimatedRequests, "request")}`,
  ].filter((doubt) => doubt !== false)
  return doubts.length > 0 && <p className="text-ink-mute text-xs">This is {doubts.join(", and ")}.</p>
}
