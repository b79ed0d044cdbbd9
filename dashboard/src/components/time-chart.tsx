import "uplot/dist/uPlot.min.css"
import { type RefObject, useEffect, useRef, useState } from "react"
import uPlot from "uplot"
import { useWidth } from "../hooks/use-width.ts"
import type { Range } from "../period.ts"
import { type ChartColours, readChartColours, watchTheme } from "./chart-colours.ts"
import type { ChartData, ChartUnit } from "./chart-data.ts"
import { type ChartMark, moveMark, noMark, toMarkedRange } from "./chart-keys.ts"
import { type ChartShape, toChartOptions } from "./chart-options.ts"

export interface TimeChartProps {
  readonly title: string
  readonly data: ChartData
  readonly unit: ChartUnit
  readonly shape: ChartShape
  /** Charts of the same group share their crosshair. */
  readonly group: string
  /** What stands under the crosshair, as words. */
  readonly describe: (index: number) => string
  readonly onCursor: (index: number | null) => void
  readonly onZoom: (range: Range) => void
}

const heightPx = 168

/**
 * A drawing of values over time. Drag over it to zoom. By keyboard: arrows move the crosshair, with Shift they mark a range,
 * Enter zooms into it, Escape lets go.
 */
export function TimeChart(props: TimeChartProps) {
  const { title, data, describe, onCursor, onZoom } = props
  const holder = useRef<HTMLDivElement>(null)
  const chart = useChart(holder, props)
  const [mark, setMark] = useState<ChartMark>(noMark)
  const last = data.times.length - 1
  const show = (next: ChartMark) => {
    setMark(next)
    showMark(chart.current, data, next)
    onCursor(next.at)
  }
  return (
    <div
      ref={holder}
      role="slider"
      tabIndex={0}
      aria-label={`${title}: arrows move through time, Shift marks a range, Enter zooms into it`}
      aria-valuemin={0}
      aria-valuemax={Math.max(last, 0)}
      aria-valuenow={mark.at ?? Math.max(last, 0)}
      aria-valuetext={describe(mark.at ?? last)}
      onBlur={() => mark.at !== null && show(noMark)}
      onKeyDown={(event) => {
        const range = event.key === "Enter" ? toMarkedRange(mark, data) : null
        if (range) {
          show(noMark)
          onZoom(range)
        }
        const next = moveMark(mark, event, last)
        if (next) show(next)
        if (range || next) event.preventDefault()
      }}
      className="min-w-0 cursor-crosshair rounded-md [&_.u-cursor-x]:border-line-strong! [&_.u-select]:bg-accent/20!"
      style={{ height: heightPx }}
    />
  )
}

/** Draws the marked range and the crosshair where the keyboard put them. */
function showMark(chart: uPlot | null, { times, stepSeconds }: ChartData, { at, from }: ChartMark): void {
  if (!chart) return
  const leftOf = (index: number) => chart.valToPos(times[index] ?? 0, "x")
  chart.setCursor({ left: at === null ? -10 : leftOf(at), top: at === null ? -10 : 8 }, true)
  const start = at === null || from === null ? 0 : leftOf(Math.min(at, from))
  const end = at === null || from === null ? 0 : chart.valToPos((times[Math.max(at, from)] ?? 0) + stepSeconds, "x")
  chart.setSelect({ left: start, top: 0, width: end - start, height: chart.over.clientHeight }, false)
}

/** Keeps one uPlot in step with the element's width, the data and the theme. */
function useChart(holder: RefObject<HTMLDivElement | null>, props: TimeChartProps): RefObject<uPlot | null> {
  const chart = useRef<uPlot | null>(null)
  const latest = useRef(props)
  latest.current = props
  const width = useWidth(holder)
  const isMeasured = width > 0
  const shape = JSON.stringify([props.shape, props.unit, props.group, props.data.lines.map(({ metric }) => metric)])
  // biome-ignore lint/correctness/useExhaustiveDependencies: made anew only when its lines change; the rest is passed on below
  useEffect(() => {
    const element = holder.current
    if (!element || !isMeasured) return
    const made = createChart(element, latest)
    chart.current = made
    return () => {
      chart.current = null
      made.destroy()
    }
  }, [holder, isMeasured, shape])
  useEffect(() => chart.current?.setData(toColumns(props.data)), [props.data])
  useEffect(() => {
    if (width > 0) chart.current?.setSize({ width, height: heightPx })
  }, [width])
  return chart
}

function createChart(element: HTMLDivElement, latest: RefObject<TimeChartProps>): uPlot {
  const { data, shape, unit, group } = latest.current
  let colours: ChartColours = readChartColours(element)
  const options = toChartOptions({
    data,
    shape,
    unit,
    group,
    widthPx: element.clientWidth,
    heightPx,
    colours: () => colours,
    onCursor: (index) => latest.current.onCursor(index),
    onSelect: (fromSeconds, toSeconds) => {
      made.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
      latest.current.onZoom({ from: fromSeconds * 1000, to: toSeconds * 1000 })
    },
  })
  const unwatch = watchTheme(() => {
    colours = readChartColours(element)
    made.redraw()
  })
  const made = new uPlot({ ...options, hooks: { ...options.hooks, destroy: [unwatch] } }, toColumns(data), element)
  return made
}

const toColumns = ({ times, lines }: ChartData): uPlot.AlignedData => [
  [...times],
  ...lines.map(({ values }) => [...values]),
]
