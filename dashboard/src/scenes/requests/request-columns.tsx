import type { RequestBody } from "@sluice/protocol/api/requests"
import { Link } from "@tanstack/react-router"
import type { ReactNode } from "react"
import { StatusBadge } from "../../components/status-badge.tsx"
import { Timestamp } from "../../components/timestamp.tsx"
import { Unknown } from "../../components/unknown.tsx"
import { formatDuration } from "../../format/duration.ts"
import { Cost, FirstToken, Tokens } from "./figures.tsx"
import { ModelName } from "./model-name.tsx"
import { whyNoFeature, whyNoProvider } from "./unknown-reasons.ts"

export interface RequestColumn {
  readonly id: string
  readonly title: string
  /** Its track in the grid. */
  readonly track: string
  /** The table's width, in pixels, from which it is shown. */
  readonly fromPx: number
  readonly isNumeric: boolean
  readonly cell: (request: RequestBody, now: number) => ReactNode
}

/** Every column of the table, in its order. Narrow tables drop the least needed first; the drawer has them all. */
export const requestColumns: readonly RequestColumn[] = [
  {
    id: "time",
    title: "Time",
    track: "7.75rem",
    fromPx: 0,
    isNumeric: false,
    cell: ({ id, started_at }, now) => (
      // A real link, so that a request opens in a tab of its own as any other page does.
      <Link
        to="/requests/$requestId"
        params={{ requestId: id }}
        search={(search) => search}
        tabIndex={-1}
        onClick={(event) => event.stopPropagation()}
        className="hover:underline"
      >
        <Timestamp at={started_at} now={now} />
      </Link>
    ),
  },
  {
    id: "status",
    title: "Status",
    track: "3.25rem",
    fromPx: 0,
    isNumeric: false,
    cell: ({ status }) => <StatusBadge status={status} />,
  },
  {
    id: "model",
    title: "Model",
    track: "minmax(9rem, 2fr)",
    fromPx: 0,
    isNumeric: false,
    cell: (request) => <ModelName request={request} />,
  },
  {
    id: "provider",
    title: "Provider",
    track: "5.5rem",
    fromPx: 820,
    isNumeric: false,
    cell: ({ provider }) => provider ?? <Unknown because={whyNoProvider} />,
  },
  {
    id: "feature",
    title: "Feature",
    track: "minmax(6rem, 1fr)",
    fromPx: 600,
    isNumeric: false,
    cell: ({ feature }) =>
      feature ?? (
        <span data-tip={whyNoFeature} className="text-ink-mute">
          untagged
        </span>
      ),
  },
  {
    id: "latency",
    title: "Latency",
    track: "4.5rem",
    fromPx: 0,
    isNumeric: true,
    cell: ({ latency_ms }) => formatDuration(latency_ms),
  },
  {
    id: "first-token",
    title: "First token",
    track: "5rem",
    fromPx: 940,
    isNumeric: true,
    cell: (request) => <FirstToken request={request} />,
  },
  {
    id: "tokens",
    title: "Tokens in → out",
    track: "8.5rem",
    fromPx: 740,
    isNumeric: true,
    cell: (request) => <Tokens request={request} />,
  },
  {
    id: "cost",
    title: "Cost",
    track: "6.25rem",
    fromPx: 0,
    isNumeric: true,
    cell: (request) => <Cost request={request} />,
  },
]

/** Below this width, in pixels, a request is a card of two lines instead of a row. */
export const cardsBelowPx = 540

/** The columns a table of that width has room for. */
export function columnsFor(widthPx: number): readonly RequestColumn[] {
  return requestColumns.filter(({ fromPx }) => widthPx >= fromPx)
}
