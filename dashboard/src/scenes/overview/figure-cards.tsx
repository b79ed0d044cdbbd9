import type { FiguresBody } from "@sluice/protocol/api/figures"
import type { OverviewSummary } from "@sluice/protocol/api/overview"
import type { ReactNode } from "react"
import { Unknown } from "../../components/unknown.tsx"
import { type Change, toChange, toPointsChange } from "../../format/change.ts"
import { formatCount, formatQuantity } from "../../format/count.ts"
import { formatDuration } from "../../format/duration.ts"
import { formatUsd } from "../../format/money.ts"
import { formatRate } from "../../format/rate.ts"
import { formatShare } from "../../format/share.ts"
import { FigureCard } from "./figure-card.tsx"
import { CostNote, LatencyNote, TokensNote } from "./figure-notes.tsx"

interface FigureCardsProps {
  readonly summary: OverviewSummary
  /** The period's length, for people: `24 hours`. */
  readonly period: string
}

interface Figure {
  readonly name: string
  /** A number to compare by; null when unknown. */
  readonly read: (figures: FiguresBody) => number | null
  readonly format: (value: number, figures: FiguresBody) => string
  readonly because: string
  readonly isShare?: boolean
  readonly isRiseBad?: boolean
  readonly note?: (summary: OverviewSummary) => ReactNode
}

const noRequests = "No request in this period."
const noCost = "No request in this period has a known cost."
const toNumber = (text: string | null): number | null => (text === null ? null : Number(text))
const exactly = (text: string | null): string => (text === null ? "–" : (formatUsd(text) ?? "–"))

/** The figures of the page, in their order. */
const figures: readonly Figure[] = [
  {
    name: "Requests",
    read: ({ requests }) => requests,
    format: (count) => formatCount(count),
    because: noRequests,
    note: ({ current }) =>
      current.streaming_share === null ? null : `${formatShare(current.streaming_share)} streamed`,
  },
  {
    name: "Error rate",
    read: ({ error_rate }) => error_rate,
    format: (share) => formatShare(share),
    because: noRequests,
    isShare: true,
    isRiseBad: true,
    note: ({ current }) => formatQuantity(current.errors, "failed request"),
  },
  {
    name: "Cost",
    read: ({ cost }) => toNumber(cost.usd),
    format: (_, { cost }) => exactly(cost.usd),
    because: noCost,
    note: ({ current }) => <CostNote cost={current.cost} />,
  },
  {
    name: "P95 latency",
    read: ({ latency_ms }) => latency_ms.p95,
    format: formatDuration,
    because: noRequests,
    isRiseBad: true,
    note: (summary) => <LatencyNote summary={summary} />,
  },
  {
    name: "P95 first token",
    read: ({ time_to_first_token_ms }) => time_to_first_token_ms.p95,
    format: formatDuration,
    because: "No streamed request in this period told its first token.",
    isRiseBad: true,
    note: ({ current }) =>
      current.time_to_first_token_ms.p50 === null ? null : `P50 ${formatDuration(current.time_to_first_token_ms.p50)}`,
  },
  {
    name: "Tokens",
    read: ({ tokens: { input, output } }) => (input === null && output === null ? null : (input ?? 0) + (output ?? 0)),
    format: (count) => formatCount(count),
    because: "No request in this period has known tokens.",
    note: ({ current }) => <TokensNote tokens={current.tokens} />,
  },
  {
    name: "Requests/min",
    read: ({ requests_per_minute }) => requests_per_minute,
    format: formatRate,
    because: noRequests,
    note: () => "on average",
  },
  {
    name: "Cost/hour",
    read: ({ cost_per_hour_usd }) => toNumber(cost_per_hour_usd),
    format: (_, { cost_per_hour_usd }) => exactly(cost_per_hour_usd),
    because: noCost,
    note: () => "on average",
  },
  {
    name: "Routed by rules",
    read: ({ rule_routed_share }) => rule_routed_share,
    format: (share) => formatShare(share),
    because: noRequests,
    isShare: true,
    note: () => "of requests",
  },
  {
    name: "Untagged",
    read: ({ untagged_share }) => untagged_share,
    format: (share) => formatShare(share),
    because: noRequests,
    isShare: true,
    note: () => (
      <span data-tip="Requests without the header X-Sluice-Feature: nobody can tell which part of an application they are from.">
        without a feature
      </span>
    ),
  },
]

/** What the period came to, each figure against the period before. */
export function FigureCards({ summary, period }: FigureCardsProps) {
  const { current, previous } = summary
  return (
    <dl
      aria-label="Figures of the period"
      className="grid grid-cols-5 gap-px overflow-hidden rounded-lg border border-line bg-line max-lg:grid-cols-2"
    >
      {figures.map(({ name, read, format, because, isShare = false, isRiseBad = false, note }) => {
        const value = read(current)
        const earlier = read(previous)
        const compared = compare(value, earlier, isShare)
        return (
          <FigureCard
            key={name}
            name={name}
            change={compared}
            before={
              earlier === null || (!compared && previous.requests === 0)
                ? `Nothing to compare with in the ${period} before`
                : `${format(earlier, previous)} in the ${period} before`
            }
            isRiseBad={isRiseBad}
            note={note?.(summary)}
          >
            {value === null ? <Unknown because={because} /> : format(value, current)}
          </FigureCard>
        )
      })}
    </dl>
  )
}

function compare(value: number | null, earlier: number | null, isShare: boolean): Change | null {
  if (value === null || earlier === null) return null
  return isShare ? toPointsChange(value, earlier) : toChange(value, earlier)
}
