import uPlot from "uplot"
import type { ChartColours } from "./chart-colours.ts"
import { type ChartData, type ChartUnit, formatTick } from "./chart-data.ts"

/** Amounts of a step stand as bars; levels go on between steps as lines. */
export type ChartShape = "bars" | "lines"

/** How the lines are told apart without colour, in CSS pixels drawn and left out. */
export const lineDashes: readonly (readonly number[])[] = [[], [7, 4], [2, 3]]

interface ChartOptions {
  readonly data: ChartData
  readonly shape: ChartShape
  readonly unit: ChartUnit
  readonly widthPx: number
  readonly heightPx: number
  /** Charts of the same group share their crosshair. */
  readonly group: string
  readonly colours: () => ChartColours
  readonly onCursor: (index: number | null) => void
  readonly onSelect: (fromSeconds: number, toSeconds: number) => void
}

const font = '12px "Inter Variable", system-ui, sans-serif'

/** What uPlot is told. Its own legend is off: ours is part of the page and read by screen readers. */
export function toChartOptions(options: ChartOptions): uPlot.Options {
  const { widthPx, heightPx, group, onCursor, onSelect } = options
  return {
    width: widthPx,
    height: heightPx,
    padding: [10, 10, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      points: { size: 7 },
      // A selection is of the chart it is made in; only the crosshair is shared.
      sync: { key: group, filters: { pub: (type) => type === "mousemove" || type === "mouseleave" } },
      drag: { x: true, y: false, setScale: false, dist: 6 },
    },
    scales: {
      x: { time: true, range: (chart) => xRange(chart) },
      y: { range: (_, __, max) => [0, max > 0 ? max * 1.08 : 1] },
    },
    axes: toAxes(options),
    series: [{}, ...options.data.lines.map((_, index) => toSeries(options, index))],
    hooks: {
      setCursor: [(chart) => onCursor(chart.cursor.idx ?? null)],
      setSelect: [
        ({ select, posToVal }) => {
          if (select.width > 0) onSelect(posToVal(select.left, "x"), posToVal(select.left + select.width, "x"))
        },
      ],
    },
  }
}

/** From the first step's beginning to the last one's end, so that the last bar has its room. */
function xRange(chart: uPlot): [number, number] {
  const times = chart.data[0]
  const first = times[0] ?? 0
  const last = times.at(-1) ?? 1
  const step = times.length > 1 ? (times[1] ?? 0) - first : 60
  return [first, last + step]
}

function toAxes({ unit, colours }: ChartOptions): uPlot.Axis[] {
  const look = {
    stroke: () => colours().ink,
    font,
    grid: { stroke: () => colours().grid, width: 1 },
    ticks: { show: false },
  }
  return [
    { ...look, grid: { show: false }, space: 64, size: 26, gap: 6, values: (_, splits) => splits.map(formatClock) },
    {
      ...look,
      size: (_, labels) => Math.max(58, ...(labels ?? []).map((label) => label.length * 7 + 12)),
      gap: 6,
      space: 26,
      ...(unit === "count"
        ? { incrs: [1, 2, 5].flatMap((digit) => powers.map((power) => digit * power)).sort(byNumber) }
        : {}),
      values: (_, splits) => splits.map((value) => formatTick(value, unit)),
    },
  ]
}

/** A count has no halves. */
const powers = Array.from({ length: 13 }, (_, exponent) => 10 ** exponent)
const byNumber = (a: number, b: number): number => a - b

function toSeries({ data, shape, colours }: ChartOptions, index: number): uPlot.Series {
  const stroke = () => colours().lines[index] ?? colours().ink
  const label = data.lines[index]?.title ?? ""
  if (shape === "bars") {
    const paths = uPlot.paths.bars?.({ size: [0.78, 28, 1], align: 1 })
    return { label, fill: stroke, width: 0, points: { show: false }, ...(paths ? { paths } : {}) }
  }
  return {
    label,
    stroke,
    width: 1.75,
    dash: [...(lineDashes[index] ?? [])],
    spanGaps: false,
    points: { fill: stroke, size: 5, filter: isolatedPoints },
  }
}

/** A point between two gaps has no line to be seen by: it is drawn even where others are too dense for dots. */
function isolatedPoints(chart: uPlot, seriesIndex: number, isShown: boolean): number[] | null {
  if (isShown) return null
  const values = chart.data[seriesIndex] ?? []
  return [...values.keys()].filter(
    (index) => values[index] != null && values[index - 1] == null && values[index + 1] == null,
  )
}

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" })
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" })

/** A moment beside the axis in the viewer's zone: the day at midnight, the time otherwise. */
function formatClock(seconds: number): string {
  const at = new Date(seconds * 1000)
  return at.getHours() === 0 && at.getMinutes() === 0 ? day.format(at) : clock.format(at)
}
