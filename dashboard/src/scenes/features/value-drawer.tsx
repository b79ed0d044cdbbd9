import type { Dimension, FigureFilters } from "@sluice/protocol/api/figures"
import { Link } from "@tanstack/react-router"
import { Rows3, X } from "lucide-react"
import { useEffect, useRef } from "react"
import { Button, buttonLook } from "../../components/button.tsx"
import { ChartPanel } from "../../components/chart-panel.tsx"
import { CopyButton } from "../../components/copy-button.tsx"
import { DefinitionList, Fact } from "../../components/definition-list.tsx"
import type { PeriodSearch, Range } from "../../period.ts"
import { columnsOf } from "./breakdown-columns.tsx"
import type { BreakdownRow } from "./breakdown-row.ts"
import { dimensionList } from "./breakdown-search.ts"
import { describePrevious } from "./use-breakdown.ts"

interface ValueDrawerProps {
  readonly by: Dimension
  readonly value: string
  readonly period: PeriodSearch
  /** Its figures; null when it is not in the list. */
  readonly row: BreakdownRow | null
  /** Whether a value that is not in the period before surely had no request there. */
  readonly isComparable: boolean
  readonly onZoom: (range: Range) => void
  readonly onClose: () => void
}

const charts = [
  { title: "Requests", unit: "count", shape: "bars", lines: [{ metric: "requests", title: "Requests" }] },
  { title: "Cost", unit: "usd", shape: "bars", lines: [{ metric: "cost_usd", title: "Cost" }] },
  { title: "Errors", unit: "count", shape: "bars", lines: [{ metric: "errors", title: "Failed requests" }] },
  {
    title: "Latency",
    unit: "duration",
    shape: "lines",
    lines: [
      { metric: "latency_ms_p50", title: "P50" },
      { metric: "latency_ms_p95", title: "P95" },
    ],
  },
] as const

/** One value beside the list: its figures and its own charts. */
export function ValueDrawer({ by, value, period, row, isComparable, onZoom, onClose }: ValueDrawerProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus({ preventScroll: true }), [])
  const { noun } = dimensionList.find((known) => known.by === by) ?? dimensionList[0]
  const filters = toFilters(by, value)
  return (
    <section
      aria-label={`One ${noun}`}
      onKeyDown={(event) => event.key === "Escape" && !event.defaultPrevented && onClose()}
      className="w-116 shrink-0 overflow-y-auto border-line border-l bg-canvas max-xl:absolute max-xl:inset-0 max-xl:z-20 max-xl:w-auto max-xl:border-l-0"
    >
      <header className="sticky top-0 z-10 flex h-11 items-center gap-0.5 border-line border-b bg-surface pr-2 pl-4">
        <h2 ref={heading} tabIndex={-1} className="mr-auto min-w-0 truncate font-medium">
          {row?.title ?? value}
        </h2>
        <CopyButton text={value} label={`Copy ${noun}`} />
        <Button look="quiet" size="icon-small" label="Close" onClick={onClose}>
          <X aria-hidden />
        </Button>
      </header>
      <div className="grid gap-4 p-4">
        {row?.explanation && <p className="text-ink-mute">{row.explanation}</p>}
        {row ? (
          <Figures by={by} row={row} before={describePrevious(period)} isComparable={isComparable} />
        ) : (
          <p className="text-ink-mute">It is not among the values that are loaded for this time.</p>
        )}
        {(by === "feature" || by === "model" || by === "provider") && (
          <Link to="/requests" search={{ [by]: value }} className={buttonLook({ look: "plain" })}>
            <Rows3 aria-hidden /> Its requests
          </Link>
        )}
        {filters ? (
          charts.map((chart) => (
            <ChartPanel key={chart.title} {...chart} period={period} filters={filters} group="value" onZoom={onZoom} />
          ))
        ) : (
          <p className="text-ink-mute">Of tasks, users and sessions only sums are kept: they have no charts.</p>
        )}
      </div>
    </section>
  )
}

interface FiguresProps {
  readonly by: Dimension
  readonly row: BreakdownRow
  readonly before: string
  readonly isComparable: boolean
}

function Figures({ by, row, ...context }: FiguresProps) {
  return (
    <DefinitionList>
      {columnsOf(by).map(({ title, cell }) => (
        <Fact key={title} name={title}>
          <span className="figures">{cell(row, context)}</span>
        </Fact>
      ))}
    </DefinitionList>
  )
}

/** What its charts are narrowed by; null for dimensions that have none. */
function toFilters(by: Dimension, value: string): FigureFilters | null {
  return by === "task" || by === "user" || by === "session" ? null : { [by]: value }
}
