import type { ChartData } from "./chart-data.ts"
import { type ChartShape, lineDashes } from "./chart-options.ts"
import { describeStep } from "./describe-point.ts"

interface ChartLegendProps {
  readonly data: ChartData
  /** The step under the crosshair; null when there is none. */
  readonly cursor: number | null
  readonly shape: ChartShape
}

const strokes = ["stroke-chart-1", "stroke-chart-2", "stroke-chart-3"]

/** Which line is which, and what each is under the crosshair. */
export function ChartLegend({ data, cursor, shape }: ChartLegendProps) {
  const at = cursor !== null && cursor < data.times.length ? cursor : null
  return (
    <div className="flex h-5 min-w-0 items-center gap-x-4 overflow-hidden whitespace-nowrap text-xs">
      {data.lines.map(({ metric, title, texts }, index) => (
        <span key={metric} className="flex items-center gap-1.5 text-ink-mute">
          <svg aria-hidden="true" width="18" height="8" className={strokes[index]}>
            <line
              x1="0"
              y1="4"
              x2="18"
              y2="4"
              strokeWidth={shape === "bars" ? 8 : 2}
              strokeDasharray={(lineDashes[index] ?? []).join(" ")}
            />
          </svg>
          {title}
          {at !== null && <span className="figures font-medium text-ink">{texts[at]}</span>}
        </span>
      ))}
      {at !== null && <span className="figures ml-auto truncate text-ink-mute">{describeStep(data, at)}</span>}
    </div>
  )
}
