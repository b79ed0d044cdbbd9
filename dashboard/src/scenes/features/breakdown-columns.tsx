import type { Dimension } from "@sluice/protocol/api/figures"
import type { ReactNode } from "react"
import { ChangeMark } from "../../components/change-mark.tsx"
import { Unknown } from "../../components/unknown.tsx"
import { toChange } from "../../format/change.ts"
import { formatCount, formatQuantity } from "../../format/count.ts"
import { formatDuration } from "../../format/duration.ts"
import { formatUsd } from "../../format/money.ts"
import { formatShare } from "../../format/share.ts"
import type { BreakdownRow } from "./breakdown-row.ts"
import type { sortFields } from "./breakdown-search.ts"

/** What a cell knows of the list it is in. */
interface CellContext {
  readonly isComparable: boolean
  readonly before: string
}

export interface BreakdownColumn {
  readonly title: string
  readonly tip?: string
  /** What the API sorts it by; without one it cannot be sorted by. */
  readonly field?: (typeof sortFields)[number]
  readonly cell: (row: BreakdownRow, context: CellContext) => ReactNode
}

/** The figures of a value of a dimension, in their order. Of tasks, users and sessions the mean is kept instead of percentiles. */
export function columnsOf(by: Dimension): readonly BreakdownColumn[] {
  return by === "task" || by === "user" || by === "session" ? [...counters, mean] : [...counters, ...percentiles]
}

const counters: readonly BreakdownColumn[] = [
  { title: "Requests", field: "requests", cell: ({ item }) => formatCount(item.requests) },
  { title: "Cost", tip: "In USD", field: "cost_usd", cell: ({ item }) => <BreakdownCost cost={item.cost} /> },
  { title: "Change", tip: "Of requests, since the period before", cell: toChangeCell },
  {
    title: "Share",
    tip: "Of all requests in this time",
    cell: ({ item: { requests_share } }) => requests_share !== null && <ShareBar share={requests_share} />,
  },
  { title: "Errors", field: "errors", cell: ({ item }) => formatCount(item.errors) },
  {
    title: "Error rate",
    field: "error_rate",
    cell: ({ item: { error_rate } }) =>
      error_rate === null ? <Unknown because="No request in this time." /> : formatShare(error_rate),
  },
  { title: "Input tokens", field: "input_tokens", cell: ({ item }) => toTokens(item.tokens.input) },
  { title: "Output tokens", field: "output_tokens", cell: ({ item }) => toTokens(item.tokens.output) },
]

const percentiles: readonly BreakdownColumn[] = [
  { title: "P50", tip: "Latency, of whole hours", cell: ({ item }) => toLatency(item.latency_ms?.p50 ?? null) },
  { title: "P95", tip: "Latency, of whole hours", cell: ({ item }) => toLatency(item.latency_ms?.p95 ?? null) },
]

const mean: BreakdownColumn = {
  title: "Mean",
  tip: "Latency",
  cell: ({ item }) => toLatency(item.latency_ms_mean),
}

function toChangeCell({ item, previous }: BreakdownRow, { isComparable, before }: CellContext): ReactNode {
  if (!previous && !isComparable)
    return <Unknown because={`Not known for ${before}, or not among the busiest values there.`} />
  const change = toChange(item.requests, previous?.requests ?? 0)
  const words = `${formatQuantity(previous?.requests ?? 0, "request")} in ${before}`
  if (change) return <ChangeMark change={change} before={words} />
  return (
    <span className="text-ink-mute text-xs" data-tip={words}>
      new
    </span>
  )
}

function ShareBar({ share }: { readonly share: number }) {
  return (
    <span className="inline-flex items-center gap-2">
      <span aria-hidden className="h-1.5 w-14 rounded-full bg-sunken">
        <span className="block h-full min-w-px rounded-full bg-chart-1" style={{ width: `${share * 100}%` }} />
      </span>
      <span className="min-w-13">{formatShare(share)}</span>
    </span>
  )
}

/** Money of a value: what is left out of it, and the word where it is an estimate. */
export function BreakdownCost({ cost }: { readonly cost: BreakdownRow["item"]["cost"] }) {
  const text = cost.usd === null ? null : formatUsd(cost.usd)
  if (text === null) return <Unknown because="None of these requests has a known cost." />
  const doubts = [
    cost.unknown_requests > 0 && `${formatQuantity(cost.unknown_requests, "request")} of unknown cost left out`,
    cost.estimated_requests > 0 && `tokens of ${formatQuantity(cost.estimated_requests, "request")} were estimated`,
  ].filter((doubt) => doubt !== false)
  return (
    <span data-tip={[`$${cost.usd} exactly`, ...doubts].join("\n")} className={doubts.length > 0 ? "dotted-hint" : ""}>
      {cost.estimated_requests > 0 && <span className="pr-1 text-ink-mute text-xs">est.</span>}
      {text}
    </span>
  )
}

const toTokens = (tokens: number | null): ReactNode =>
  tokens === null ? <Unknown because="No provider told the tokens of these requests." /> : formatCount(tokens)

const toLatency = (ms: number | null): ReactNode =>
  ms === null ? <Unknown because="No request in this time." /> : formatDuration(ms)
